"""What people ask, by subject. Each is a wire message (tag `t`) and carries the case it is about; `realtime.messages` names all of them."""
