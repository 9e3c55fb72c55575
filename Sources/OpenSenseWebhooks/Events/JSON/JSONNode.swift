/// One value of a document, or one name of an object: where it stands and where the next one is.
///
/// - Unit: 12 bytes; no more than one node stands for two bytes of the text.
struct JSONNode {
    enum Kind: UInt8 {
        case null
        case `true`
        case `false`
        case number
        /// A text or a name as it stands between its quotes.
        case text
        /// A text or a name that has escapes.
        case escapedText
        /// An array or object that is nested too deep, with its brackets; it is read as text.
        case deepText
        case array
        case object
    }

    let kind: Kind
    /// The first byte: of the value itself, or after the opening quote.
    let start: UInt32
    /// The byte after the last one; for an array or object the number of the node after its last one.
    var end: UInt32
}
