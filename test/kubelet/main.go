// Command kubelet prints which credentials the kubelet's own keyring offers
// for images, as the JSON that fixtures.json holds:
//
//	go run . > fixtures.json
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
)

// lookup lists the images for which the credential of a key, alone in a secret, is offered.
type lookup struct {
	Key    string   `json:"key"`
	Images []string `json:"images"`
}

// ring is a pull with several secrets, each a list of keys;
// users are those of the offered credentials, in order.
type ring struct {
	Secrets [][]string `json:"secrets"`
	Image   string     `json:"image"`
	Users   []string   `json:"users"`
}

// object is a secret as the API serves it, and what the kubelet takes from it for registry.example/a.
type object struct {
	Type   string            `json:"type"`
	Data   map[string]string `json:"data"`
	Pairs  []string          `json:"pairs"`
	Failed bool              `json:"failed"`
}

type fixtures struct {
	Images  []string `json:"images"`
	Lookups []lookup `json:"lookups"`
	Rings   []ring   `json:"rings"`
	Objects []object `json:"objects"`
}

var images = []string{
	"docker.io/library/nginx",
	"docker.io/grafana/grafana",
	"registry-1.docker.io/library/nginx",
	"localhost/app",
	"localhost:5000/app",
	"registry.example/a",
	"registry.example/team/app",
	"registry.example/teams/app",
	"registry.example/v1/app",
	"registry.example:443/a",
	"registry.example:5000/team/app",
	"sub.registry.example/a",
	"registry.example.evil.test/a",
	"evilregistry.example/a",
	"Registry.Example/a",
	"eu.gcr.test/p/a",
	"us.gcr.test/p/a",
	"a.b.gcr.test/p/a",
	"1.2.3.4/a",
	"1.2.3.4:5000/a",
	"[::1]/a",
	"[::1]:5000/a",
}

var keys = []string{
	"registry.example", "https://registry.example", "http://registry.example", "HTTPS://registry.example",
	"ftp://registry.example", "registry.example/", "registry.example//", "https://registry.example/v1/",
	"https://registry.example/v2/", "https://registry.example/v1", "registry.example/v2", "registry.example/v1/",
	"registry.example/v1/team", "registry.example/v2/team/app", "registry.example/v1/v2/", "registry.example/v3/",
	"registry.example/team", "registry.example/team/", "registry.example/tea", "registry.example/team/app",
	"registry.example/team/app/deeper", "registry.example/team/app:1.0", "registry.example/a@sha256:00",
	"https://registry.example/team?x=y", "registry.example#x", "registry.example/%74eam", "registry.example/%2574eam",
	"registry.example/%zz", "registry.example/a b", "registry.example/a%3Fb", "registry.example/a%23b",
	"registry.example?x", "registry.example/?x", "registry.example/#%zz", "registry.example/te*", "registry.example/[",
	"registry.example:443", "registry.example:5000", "registry.example:5000/team", "registry.example:*",
	"registry.example:", "registry.example:/team", "registry.example:50", "registry.example:x", "registry.example:5000:5000",
	"user@registry.example", "user:word@registry.example", "us er@registry.example", "a@b@registry.example", "@registry.example",
	"Registry.Example", "registry.example.", ".registry.example", "*.registry.example", "*.example", "*", "*.*", "*.*.*",
	"*.*:5000", "*:5000", "**.example", "*y.example", "r*y.exa*", "registry.*", "*.*.*.*", "*.gcr.test", "?u.gcr.test",
	"e?.gcr.test", "[eu]u.gcr.test", "[e-u]*.gcr.test", "[^e]?.gcr.test", "[^e]s.gcr.test", "eu.gcr.tes[t]", "eu.gcr.[t]est",
	"[eu.gcr.test", "eu].gcr.test", "\\*.gcr.test", "\\e\\u.gcr.test", "eu.gcr.test\\", "%65u.gcr.test", "e%25u.gcr.test",
	"1.2.3.4", "1.2.3.4:5000", "1.2.3.*", "[::1]", "[::1]:5000", "::1", "[::1", "[::1]x", "[zz]:5000",
	"[fe80::1%25en0]:5000", "localhost", "localhost:5000", "l*", "", "/", "//registry.example", "/registry.example", ":5000",
	" registry.example", "registry.example ", "registry\texample", "registry.exämple", "registry.example\n", "<registry.example>",
	"\"registry.example\"", "registry.example;x", "registry$example", "registry.example,x", "registry^example", "registry.example?\n",
	"docker.io", "https://docker.io", "docker.io/", "docker.io/library", "docker.io/library/nginx", "docker.io/grafana",
	"docker.io/nginx", "library/nginx", "nginx", "*.io", "index.docker.io", "https://index.docker.io", "https://index.docker.io/",
	"https://index.docker.io/v1/", "https://index.docker.io/v2/", "https://index.docker.io/v1", "index.docker.io/v1/",
	"index.docker.io/v1", "index.docker.io/library", "index.docker.io:443", "Index.docker.io", "*.docker.io",
	"registry-1.docker.io", "https://registry-1.docker.io/v2/", "registry.hub.docker.com",
}

func credentials(user string) map[string]string {
	return map[string]string{"username": user, "password": "word"}
}

func dockerConfigJSON(entries map[string]any) v1.Secret {
	text, err := json.Marshal(map[string]any{"auths": entries})
	if err != nil {
		panic(err)
	}
	return v1.Secret{Type: v1.SecretTypeDockerConfigJson, Data: map[string][]byte{v1.DockerConfigJsonKey: text}}
}

func offered(objects []v1.Secret, image string) ([]credentialprovider.TrackedAuthConfig, error) {
	keyring, err := secrets.MakeDockerKeyring(objects, &credentialprovider.BasicDockerKeyring{})
	if err != nil {
		return nil, err
	}
	found, _ := keyring.Lookup(image)
	return found, nil
}

func (f *fixtures) addLookup(key string) {
	l := lookup{key, []string{}}
	for _, image := range images {
		found, err := offered([]v1.Secret{dockerConfigJSON(map[string]any{key: credentials("me")})}, image)
		if err != nil {
			panic(err)
		}
		if len(found) > 0 {
			l.Images = append(l.Images, image)
		}
	}
	f.Lookups = append(f.Lookups, l)
}

// addRing gives KEY of secret i the user "i KEY".
func (f *fixtures) addRing(image string, keysOf ...[]string) {
	r := ring{Secrets: keysOf, Image: image, Users: []string{}}
	objects := []v1.Secret{}
	for i, list := range keysOf {
		entries := map[string]any{}
		for _, key := range list {
			entries[key] = credentials(fmt.Sprintf("%d %s", i, key))
		}
		objects = append(objects, dockerConfigJSON(entries))
	}
	found, err := offered(objects, image)
	if err != nil {
		panic(err)
	}
	for _, config := range found {
		r.Users = append(r.Users, config.Username)
	}
	f.Rings = append(f.Rings, r)
}

func (f *fixtures) addObject(kind string, data map[string]string) {
	o := object{Type: kind, Data: map[string]string{}, Pairs: []string{}}
	secret := v1.Secret{Type: v1.SecretType(kind), Data: map[string][]byte{}}
	for name, text := range data {
		o.Data[name] = base64.StdEncoding.EncodeToString([]byte(text))
		secret.Data[name] = []byte(text)
	}
	found, err := offered([]v1.Secret{secret}, "registry.example/a")
	o.Failed = err != nil
	for _, config := range found {
		o.Pairs = append(o.Pairs, config.Username+":"+config.Password)
	}
	f.Objects = append(f.Objects, o)
}

func (f *fixtures) addEntry(entry string) {
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{".dockerconfigjson": `{"auths":{"registry.example":` + entry + `}}`})
}

func main() {
	f := fixtures{Images: images}
	for _, key := range keys {
		f.addLookup(key)
	}
	f.addRing("registry.example/team/app", []string{"registry.example", "registry.example/team", "*.example", "registry.example/team/app", "other.test"})
	f.addRing("registry.example/team/app", []string{"registry.example"}, []string{"registry.example/team"}, []string{"registry.example"})
	f.addRing("registry.example/team/app", []string{"https://registry.example/v1/"}, []string{"*.example/team"}, []string{"registry.example/v2/"})
	f.addRing("registry.example/team/app", []string{"registry.example/t", "registry.example/team", "registry.*", "reg*.example", "*.*"})
	f.addRing("docker.io/library/nginx", []string{"index.docker.io"}, []string{"docker.io"}, []string{"https://index.docker.io/v1/"})
	f.addRing("docker.io/library/nginx", []string{"index.docker.io"}, []string{"https://index.docker.io/v1/"}, []string{"registry.example"})
	f.addRing("docker.io/library/nginx", []string{"index.docker.io/library", "docker.io/library"}, []string{"docker.io"})
	f.addRing("docker.io/library/nginx", []string{"*.io"}, []string{"index.docker.io"})
	f.addRing("quay.example/a", []string{"registry.example"}, []string{})

	pair := base64.StdEncoding.EncodeToString([]byte("alice:pa:ss"))
	for _, entry := range []string{
		`{"auth":"` + pair + `"}`,
		`{"auth":"YWxpY2U6cHc"}`,
		`{"auth":"YWxpY2U6cHc="}`,
		`{"auth":"YWxp\nY2U6cHc=\n"}`,
		`{"username":"bob","password":"word"}`,
		`{"auth":"` + pair + `","username":"bob","password":"word"}`,
		`{"auth":"","username":"bob","password":"word"}`,
		`{"auth":"YWxpY2U6cHc==="}`,
		`{"auth":"s3cret!"}`,
		`{"auth":"YWxpY2U"}`,
		`{"auth":7}`,
		`"text"`,
		`[]`,
	} {
		f.addEntry(entry)
	}
	config := `{"auths":{"registry.example":{"auth":"` + pair + `"}},"HttpHeaders":{"X-Meta":"x"}}`
	legacy := `{"https://registry.example/v1/":{"auth":"` + pair + `"}}`
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{".dockerconfigjson": config})
	f.addObject("kubernetes.io/dockercfg", map[string]string{".dockercfg": legacy})
	f.addObject("kubernetes.io/dockercfg", map[string]string{".dockerconfigjson": config})
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{".dockercfg": legacy})
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{".dockercfg": legacy, ".dockerconfigjson": config})
	f.addObject("Opaque", map[string]string{".dockerconfigjson": config})
	f.addObject("", map[string]string{".dockerconfigjson": config})
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{})
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{".dockerconfigjson": ""})
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{".dockerconfigjson": "{}"})
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{".dockerconfigjson": `{"auths":{"registry.example":`})
	f.addObject("kubernetes.io/dockerconfigjson", map[string]string{".dockerconfigjson": `{"auths":["registry.example"]}`})
	f.addObject("kubernetes.io/dockercfg", map[string]string{".dockercfg": config})

	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(f); err != nil {
		panic(err)
	}
}
