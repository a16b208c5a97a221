export { AttestationError, type AttestationSubject, type Attester } from './attester.ts';
export { type AttestationStore, BinauthzAttester, type BinauthzOptions } from './binauthz.ts';
export { CosignSigner, type CosignSignerOptions } from './cosign-signer.ts';
