//! Fixed-length byte strings with a name: identifiers, verifying halves of keys, signatures.

/// Defines a newtype over `[u8; N]` whose wire form is `0x` + 2N lower-case hex digits (§1).
macro_rules! byte_newtype {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LENGTH: usize = $len;

            /// Names these bytes.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&aiq_circuits::wire::bytes_to_hex(&self.0))
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl core::str::FromStr for $name {
            type Err = aiq_circuits::wire::WireError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                aiq_circuits::wire::bytes_from_hex(text).map(Self)
            }
        }

        aiq_circuits::wire::serde_by_text!($name);

        #[cfg(feature = "openapi")]
        crate::schema::hex_schema!($name, $len);
    };
}

pub(crate) use byte_newtype;
