//! A copy of a caller's attribute list that can be changed without touching the caller's memory.

use cryptoki_sys::{CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_ULONG};

#[derive(Default)]
pub(crate) struct Template {
    attributes: Vec<CK_ATTRIBUTE>,
    /// Values that this copy owns; the boxes stay where they are when the list grows.
    owned: Vec<Box<[u8]>>,
}

impl Template {
    /// # Safety
    /// `list` is null or points to `count` attributes that outlive the copy.
    pub(crate) unsafe fn copy(list: *const CK_ATTRIBUTE, count: CK_ULONG) -> Self {
        let attributes = if list.is_null() {
            Vec::new()
        } else {
            unsafe { std::slice::from_raw_parts(list, count as usize) }.to_vec()
        };
        Self { attributes, owned: Vec::new() }
    }

    pub(crate) fn get(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<&[u8]> {
        let attribute = self.attributes.iter().find(|attribute| attribute.type_ == kind)?;
        if attribute.pValue.is_null() {
            return Some(&[]);
        }
        Some(unsafe { std::slice::from_raw_parts(attribute.pValue.cast(), attribute.ulValueLen as usize) })
    }

    pub(crate) fn number(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<CK_ULONG> {
        Some(CK_ULONG::from_ne_bytes(self.get(kind)?.try_into().ok()?))
    }

    /// Takes an attribute out and returns its value.
    pub(crate) fn take(&mut self, kind: CK_ATTRIBUTE_TYPE) -> Option<Vec<u8>> {
        let value = self.get(kind)?.to_vec();
        self.attributes.retain(|attribute| attribute.type_ != kind);
        Some(value)
    }

    /// Sets an attribute, in place of any other value of it.
    pub(crate) fn set(&mut self, kind: CK_ATTRIBUTE_TYPE, value: &[u8]) {
        self.attributes.retain(|attribute| attribute.type_ != kind);
        let mut value: Box<[u8]> = value.into();
        let pointer = value.as_mut_ptr().cast();
        self.attributes.push(CK_ATTRIBUTE { type_: kind, pValue: pointer, ulValueLen: value.len() as CK_ULONG });
        self.owned.push(value);
    }

    pub(crate) fn with(mut self, kind: CK_ATTRIBUTE_TYPE, value: &[u8]) -> Self {
        self.set(kind, value);
        self
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut CK_ATTRIBUTE {
        self.attributes.as_mut_ptr()
    }

    pub(crate) fn len(&self) -> CK_ULONG {
        self.attributes.len() as CK_ULONG
    }
}
