//! Reading canonical bytes back: the mirror of [`Encoder`](super::Encoder).

use ark_bn254::Fr;

use super::{WireError, fr_from_bytes};

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// They end too early.
    #[error("the bytes end in the middle of a record")]
    Truncated,
    /// They go on behind the record.
    #[error("{0} bytes follow the record")]
    Trailing(usize),
    /// They begin with another label.
    #[error("the label is not that of this record")]
    Label,
    /// A text is not UTF-8, or longer than anything of its kind.
    #[error("a text is not UTF-8 or too long")]
    Text,
    /// A field element is not reduced.
    #[error(transparent)]
    Field(#[from] WireError),
    /// A value has no meaning where it stands.
    #[error("{0} is not one that exists")]
    Value(&'static str),
}

/// Takes canonical bytes apart, field by field in their order. Lengths are checked before anything is copied.
#[derive(Clone, Copy, Debug)]
pub struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    /// Begins behind a label.
    ///
    /// # Errors
    /// [`DecodeError::Label`] if another one stands there.
    pub fn new(bytes: &'a [u8], label: &str) -> Result<Self, DecodeError> {
        let (found, rest) = Self::labelled(bytes)?;
        if found == label { Ok(rest) } else { Err(DecodeError::Label) }
    }

    /// The label, and what follows it.
    ///
    /// # Errors
    /// If there is none.
    pub fn labelled(bytes: &'a [u8]) -> Result<(&'a str, Self), DecodeError> {
        let mut decoder = Self(bytes);
        let label = decoder.str()?;
        Ok((label, decoder))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    /// `N` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| DecodeError::Truncated)
    }

    /// A byte string behind its length.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.u32()?).map_err(|_| DecodeError::Truncated)?;
        self.take(length)
    }

    /// A text behind its length.
    ///
    /// # Errors
    /// [`DecodeError::Text`] if it is not UTF-8.
    pub fn str(&mut self) -> Result<&'a str, DecodeError> {
        core::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::Text)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.fixed().map(|[byte]| byte)
    }

    /// A number of four bytes, big-endian.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        self.fixed().map(u32::from_be_bytes)
    }

    /// A number of eight bytes, big-endian.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        self.fixed().map(u64::from_be_bytes)
    }

    /// A field element, 32 bytes big-endian.
    ///
    /// # Errors
    /// If it is not below r.
    pub fn field(&mut self) -> Result<Fr, DecodeError> {
        Ok(fr_from_bytes(&self.fixed()?)?)
    }

    /// Ends the record.
    ///
    /// # Errors
    /// [`DecodeError::Trailing`] if bytes are left.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::Trailing(self.0.len())) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::Encoder;

    #[test]
    fn reads_what_was_written_and_nothing_else() {
        let bytes = Encoder::new("a record").u8(1).u32(2).u64(3).str("four").field(&Fr::from(5u64)).finish();
        let read = |bytes: &[u8]| -> Result<_, DecodeError> {
            let mut decoder = Decoder::new(bytes, "a record")?;
            let number = (decoder.u8()?, decoder.u32()?, decoder.u64()?);
            let rest = (decoder.str()?.to_owned(), decoder.field()?);
            decoder.finish()?;
            Ok((number, rest))
        };
        assert_eq!(read(&bytes).unwrap(), ((1, 2, 3), ("four".to_owned(), Fr::from(5u64))));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]).unwrap_err(), DecodeError::Truncated, "{length} bytes");
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat()).unwrap_err(), DecodeError::Trailing(1));
        assert_eq!(Decoder::new(&bytes, "another").unwrap_err(), DecodeError::Label);
        let mut unreduced = bytes.clone();
        let first = unreduced.len() - 32;
        unreduced[first..].fill(0xff);
        assert_eq!(read(&unreduced).unwrap_err(), DecodeError::Field(WireError::NotReduced));
    }
}
