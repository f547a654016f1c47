//! Values at stable small indices: the packet path follows indices instead of hashing ids.

/// A vector with holes; a freed index is used again.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    slots: Vec<Option<Box<T>>>,
    free: Vec<usize>,
}

impl<T> Slab<T> {
    pub(crate) fn new() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new() }
    }

    /// Keeps `value` and says where.
    pub(crate) fn insert(&mut self, value: T) -> usize {
        match self.free.pop() {
            Some(index) => {
                self.slots[index] = Some(Box::new(value));
                index
            }
            None => {
                self.slots.push(Some(Box::new(value)));
                self.slots.len() - 1
            }
        }
    }

    pub(crate) fn remove(&mut self, index: usize) -> Option<T> {
        let value = self.slots.get_mut(index)?.take()?;
        self.free.push(index);
        Some(*value)
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.slots.get(index)?.as_deref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.slots.get_mut(index)?.as_deref_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten().map(|value| &**value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_stay_and_holes_are_filled() {
        let mut slab = Slab::new();
        let indices: Vec<usize> = (0..4).map(|n| slab.insert(n * 10)).collect();
        assert_eq!(indices, [0, 1, 2, 3]);
        assert_eq!((slab.remove(1), slab.remove(1), slab.remove(9)), (Some(10), None, None));
        assert_eq!((slab.len(), slab.get(1), slab.get(2)), (3, None, Some(&20)));
        assert_eq!(slab.insert(7), 1);
        assert_eq!(slab.iter().copied().collect::<Vec<_>>(), [0, 7, 20, 30]);
    }
}
