/// A made-up key in the place of one that is not there: for showing requests and for checking the other
/// settings, never for sending.
enum PlaceholderSecret {
    /// The text for an adapter's setting of that index: 32 letters and digits, a form that every vendor's key
    /// may have.
    static func text(_ index: Int) -> String {
        String("0\(index)PlaceholderForTheSecretKey0000".prefix(32))
    }
}
