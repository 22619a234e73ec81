//! F8xx: encrypted and signed containers: encrypted PKCS#8, PKCS#12, certificates.

super::rules! {}
