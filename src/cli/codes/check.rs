//! Exit code 7: findings of `check`.

super::codes! { 7;
}
