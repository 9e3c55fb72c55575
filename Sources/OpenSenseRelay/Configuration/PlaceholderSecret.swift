internal import AdapterKit

/// A made-up key in the place of one that is not there: for showing requests and for checking the other
/// settings, never for sending.
enum PlaceholderSecret {
    /// The text for an adapter's setting of that index: the setting's example, else 32 letters and digits, a
    /// form that most keys may have.
    static func text(_ setting: AdapterSetting, _ index: Int) -> String {
        setting.example ?? String("0\(index)PlaceholderForTheSecretKey0000".prefix(32))
    }
}
