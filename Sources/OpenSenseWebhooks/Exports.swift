// Header fields are part of the public interface: a program that imports this module need not import another
// for them.
@_exported public import HeaderFields
