export { AttestationError, type AttestationSubject, type Attester } from './attester.ts';
