//! Personal data in memory.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize;

/// A value that must not slip out: somebody's name, telephone number, identity number, the secret of a second factor.
///
/// It cannot be printed, compared or serialised by accident; whoever needs the value says so with [`Sealed::expose`],
/// which a reader of the code can search for. It is wiped from memory when it is dropped.
///
/// ```compile_fail
/// println!("{}", kit::seal::Sealed::new("示例".to_string()));
/// ```
/// ```compile_fail
/// let same = kit::seal::Sealed::new(1_u32) == kit::seal::Sealed::new(1_u32);
/// ```
/// ```compile_fail
/// serde_json::to_string(&kit::seal::Sealed::new("示例".to_string())).unwrap();
/// ```
/// ```compile_fail
/// let text: String = kit::seal::Sealed::new("示例".to_string()).into();
/// ```
///
/// Its debugging form, which structs that hold one print, says nothing:
///
/// ```
/// let name = kit::seal::Sealed::new("示例".to_string());
/// assert_eq!(format!("{name:?}"), "Sealed(…)");
/// assert_eq!(name.expose(), "示例");
/// ```
#[derive(Clone)]
pub struct Sealed<T: Zeroize>(T);

impl<T: Zeroize> Sealed<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Sealed<T> {
        Sealed(value)
    }

    /// The value, for the one place that has a reason to see it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl<T: Zeroize> Drop for Sealed<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What can be sealed: values that have a written form and can be wiped.
pub trait Sealable: Serialize + DeserializeOwned + Zeroize {}

impl<T: Serialize + DeserializeOwned + Zeroize> Sealable for T {}
