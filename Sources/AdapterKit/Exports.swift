// Header fields are part of the public interface, so that those who imports this module need not know where
// they are declared.
@_exported public import HTTPFields
