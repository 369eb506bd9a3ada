//! An exact share: a fraction, never a float.

use core::{fmt, str::FromStr};

use aiq_circuits::wire::{DecodeError, Decoder, Encoder, serde_by_text};

/// A share of a whole: above 0, at most 1, in lowest terms, so that every share has one spelling. As text `2/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u32,
    denominator: u32,
}

/// Why something is not a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RatioError {
    /// Not two numbers with a stroke between them.
    #[error("a share is a fraction such as 2/3")]
    Text,
    /// Nothing, more than the whole, or a part of nothing.
    #[error("a share is above 0 and at most 1")]
    Range,
    /// There is a shorter spelling.
    #[error("a share is in lowest terms: {0} instead")]
    NotLowest(Ratio),
}

impl Ratio {
    /// The share `numerator / denominator`.
    ///
    /// # Errors
    /// If it is not above 0 and at most 1, or not in lowest terms.
    pub const fn new(numerator: u32, denominator: u32) -> Result<Self, RatioError> {
        if numerator == 0 || numerator > denominator {
            return Err(RatioError::Range);
        }
        let (mut divisor, mut rest) = (denominator, numerator);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        if divisor == 1 {
            Ok(Self { numerator, denominator })
        } else {
            Err(RatioError::NotLowest(Self { numerator: numerator / divisor, denominator: denominator / divisor }))
        }
    }

    /// Whether it is the whole.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.numerator == self.denominator
    }

    /// The smallest number that is at least this share of `whole`.
    #[must_use]
    pub fn of(self, whole: u64) -> u64 {
        let share = (u128::from(whole) * u128::from(self.numerator)).div_ceil(u128::from(self.denominator));
        u64::try_from(share).expect("a share of a number is not above it")
    }

    /// How `part` of `whole` compares with this share. Of an empty whole every part is equal to it.
    #[must_use]
    pub fn compare(self, part: u64, whole: u64) -> core::cmp::Ordering {
        (u128::from(part) * u128::from(self.denominator)).cmp(&(u128::from(whole) * u128::from(self.numerator)))
    }

    /// Appends numerator and denominator, u32 each.
    pub(crate) fn encode(self, encoder: Encoder) -> Encoder {
        encoder.u32(self.numerator).u32(self.denominator)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Self::new(decoder.u32()?, decoder.u32()?).map_err(|_| DecodeError::Value("a share"))
    }
}

impl Ord for Ratio {
    /// By size; equal shares have one spelling.
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        other.compare(self.numerator.into(), self.denominator.into())
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, RatioError> {
        let (numerator, denominator) = text.split_once('/').ok_or(RatioError::Text)?;
        let number = |digits: &str| digits.parse::<u32>().map_err(|_| RatioError::Text);
        let ratio = Self::new(number(numerator)?, number(denominator)?)?;
        // Neither a sign nor a leading zero.
        if ratio.to_string() == text { Ok(ratio) } else { Err(RatioError::Text) }
    }
}

serde_by_text!(Ratio);

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Ratio {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A fraction above 0 and at most 1, in lowest terms"))
            .pattern(Some("^[1-9][0-9]*/[1-9][0-9]*$"))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Ratio {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use core::cmp::Ordering;

    use super::*;

    #[test]
    fn has_one_spelling() {
        assert_eq!("2/3".parse::<Ratio>().unwrap().to_string(), "2/3");
        assert!("1/1".parse::<Ratio>().unwrap().is_whole());
        for text in ["", "1", "1/2/3", "+1/2", "01/2", "1/ 2", "0.5", "-1/2", "1/4294967296"] {
            assert_eq!(text.parse::<Ratio>(), Err(RatioError::Text), "{text}");
        }
        for text in ["0/1", "3/2", "0/0", "1/0"] {
            assert_eq!(text.parse::<Ratio>(), Err(RatioError::Range), "{text}");
        }
        assert_eq!("4/6".parse::<Ratio>().unwrap_err().to_string(), "a share is in lowest terms: 2/3 instead");
    }

    #[test]
    fn is_exact() {
        let third = Ratio::new(1, 3).unwrap();
        assert_eq!([0, 1, 3, 4, 100].map(|whole| third.of(whole)), [0, 1, 1, 2, 34]);
        assert_eq!(Ratio::new(u32::MAX - 1, u32::MAX).unwrap().of(u64::MAX), u64::MAX - 4_294_967_297);
        assert_eq!(
            [(1, 3), (1, 4), (34, 100)].map(|(part, whole)| third.compare(part, whole)),
            [Ordering::Equal, Ordering::Less, Ordering::Greater]
        );
        let largest = [(3, 4), (2, 3)].map(|(part, whole)| Ratio::new(part, whole).unwrap());
        assert!(largest.is_sorted_by(|more, less| more > less) && third < Ratio::new(u32::MAX - 1, u32::MAX).unwrap());
    }
}
