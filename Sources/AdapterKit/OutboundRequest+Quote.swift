extension OutboundRequest {
    /// The most of a vendor's words that a reason repeats.
    ///
    /// - Unit: UTF-16 code units. A reason stands in a log line and in a list of dead letters.
    public static var quoteLimit: TextLimit { TextLimit(max: 280) }

    /// A vendor's words about this request, fit for a log: without control characters and secrets, and cut.
    public func quote(_ words: String) -> String {
        // Masked before it is cut, or half a secret could stay; the head alone, since pages can be long.
        let head = String(words.unicodeScalars.prefix(quotedScalarsMax))
        return Self.quoteLimit.cutLine(mask(head))
    }

    /// Long enough that a secret which begins within the quote ends within this.
    private var quotedScalarsMax: Int { 16_384 }
}
