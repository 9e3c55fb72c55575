extension String {
    /// The text with every occurrence of `old` replaced, compared byte for byte.
    ///
    /// Swift compares characters, and a quote followed by a combining accent is another character than a
    /// quote: what must not be seen or must not end a quotation has to be found as the bytes that others will
    /// read.
    package func replacingBytes(of old: String, with new: String) -> String {
        let pieces = Array(utf8).split(separator: Array(old.utf8), omittingEmptySubsequences: false)
        return String(decoding: Array(pieces.joined(separator: Array(new.utf8))), as: UTF8.self)
    }
}
