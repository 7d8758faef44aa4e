// Who is asking.
type only_context = () => any;
