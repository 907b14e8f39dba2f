//! What is printed of a run fits its schema and says the same in every form.
