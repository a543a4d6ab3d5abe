//! How records are written into the store: a version, then values one after another, small.
//!
//! Reading is strict: what is not exactly what [`Encoder`] writes is a fault of the store, never a
//! record that means something else.

use crate::error::Fault;
use crate::types::{Lifetime, Timestamp};

pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    /// `version` changes with the layout, so that a record of an older one is recognised.
    pub(crate) fn new(version: u8) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.push(version);
        Self(bytes)
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Seven bits a byte, the lowest first.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(crate) fn time(&mut self, time: Timestamp) {
        let seconds = time.as_unix();
        // The sign goes last, so that times on both sides of the epoch are short.
        self.number((seconds << 1 ^ seconds >> 63) as u64);
    }

    pub(crate) fn lifetime(&mut self, lifetime: Lifetime) {
        self.number(u64::from(lifetime.as_seconds()));
    }

    /// Of a length that the reader knows.
    pub(crate) fn fixed<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// `None` is a zero byte, anything else a one and itself.
    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.byte(0),
            Some(value) => {
                self.byte(1);
                write(self, value);
            }
        }
    }

    pub(crate) fn list<T>(
        &mut self,
        values: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.number(values.len() as u64);
        for value in values {
            write(self, value);
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

pub(crate) struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8], version: u8) -> Result<Self, Fault> {
        let mut decoder = Self(bytes);
        if decoder.byte()? == version { Ok(decoder) } else { Err(corrupt()) }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        let (byte, rest) = self.0.split_first().ok_or_else(corrupt)?;
        self.0 = rest;
        Ok(*byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Fault> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            let shifted = bits << shift;
            // One spelling a number: no bits past the 64th, no zero byte at the end.
            if shifted >> shift != bits || (byte == 0 && shift > 0) {
                return Err(corrupt());
            }
            number |= shifted;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(corrupt())
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Fault> {
        let number = self.number()?;
        Ok(Timestamp::from_unix((number >> 1) as i64 ^ -((number & 1) as i64)))
    }

    pub(crate) fn lifetime(&mut self) -> Result<Lifetime, Fault> {
        u32::try_from(self.number()?).map(Lifetime::seconds).map_err(|_| corrupt())
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or_else(corrupt)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Fault> {
        let length = usize::try_from(self.number()?).map_err(|_| corrupt())?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(corrupt)?;
        self.0 = rest;
        std::str::from_utf8(bytes).map_err(|_| corrupt())
    }

    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(corrupt()),
        }
    }

    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let length = self.number()?;
        // Each value has a byte at least: a length that lies reserves nothing.
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(read(self)?);
        }
        Ok(values)
    }

    /// Nothing may follow.
    pub(crate) fn finish(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(corrupt()) }
    }
}

pub(crate) fn corrupt() -> Fault {
    Fault::internal("a stored record is not one that this version wrote")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_back() {
        let mut out = Encoder::new(7);
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            out.number(number);
        }
        for seconds in [0, -1, 1_767_225_600, i64::MAX, i64::MIN] {
            out.time(Timestamp::from_unix(seconds));
        }
        out.text("é");
        out.option(Some("x"), Encoder::text);
        out.option(None::<&str>, Encoder::text);
        out.list(["a", "b"].into_iter(), Encoder::text);
        out.fixed(&[1, 2, 3]);
        let bytes = out.finish();

        let mut read = Decoder::new(&bytes, 7).unwrap();
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(read.number().unwrap(), number);
        }
        for seconds in [0, -1, 1_767_225_600, i64::MAX, i64::MIN] {
            assert_eq!(read.time().unwrap().as_unix(), seconds);
        }
        assert_eq!(read.text().unwrap(), "é");
        assert_eq!(read.option(Decoder::text).unwrap(), Some("x"));
        assert_eq!(read.option(Decoder::text).unwrap(), None);
        assert_eq!(read.list(Decoder::text).unwrap(), ["a", "b"]);
        assert_eq!(read.fixed().unwrap(), [1, 2, 3]);
        read.finish().unwrap();
    }

    #[test]
    fn nothing_else_is_read() {
        assert!(Decoder::new(&[], 1).is_err());
        assert!(Decoder::new(&[2], 1).is_err());
        let number = |bytes: &[u8]| Decoder(bytes).number().is_ok();
        assert!(!number(&[]) && !number(&[0x80]) && !number(&[0x80, 0x00]));
        assert!(!number(&[0xFF; 10]) && !number(&[0x80; 11]));
        assert!(Decoder(&[5, b'a']).text().is_err());
        assert!(Decoder(&[1, 0xFF]).text().is_err());
        assert!(Decoder(&[2]).option(Decoder::byte).is_err());
        // A billion values, says the length.
        assert!(Decoder(&[0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1]).list(Decoder::byte).is_err());
        assert!(Decoder(&[1]).finish().is_err());
    }
}
