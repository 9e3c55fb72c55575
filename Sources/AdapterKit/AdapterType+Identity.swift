internal import OpenSenseWebhooks
internal import Signing

extension AdapterType {
    /// How long the fingerprint that ``identity(of:)`` gives is.
    ///
    /// - Unit: hexadecimal digits of 4 bits: enough that two destinations do not meet by chance.
    public static var identityDigits: Int { 16 }

    /// Names the place where an incident is opened under `settings`: the adapter, the host and port of the
    /// settings that locate, and the values of those that identify.
    ///
    /// Two relays with the same ones give the same fingerprint, in every version of this software. What only
    /// authenticates may change. It does not reveal a secret: it is the beginning of a SHA-256.
    ///
    /// - Throws: ``AdapterError`` when libcrypto fails.
    public func identity(of settings: AdapterSettings) throws(AdapterError) -> String {
        var parts: [[UInt8]] = [Array("opensense-relay destination".utf8), Array(name.utf8)]
        for setting in self.settings.sorted(by: { $0.name < $1.name }) {
            guard let value = settings.identity(of: setting) else { continue }
            parts += [Array(setting.name.utf8), value]
        }
        // Each with its length, so that two parts cannot run together into a third.
        let message = parts.flatMap { Array("\($0.count):".utf8) + $0 }
        do {
            return String(try SHA256.digest(message.span).hexadecimal.prefix(Self.identityDigits))
        } catch {
            throw AdapterError("The destination could not be named: \(error.description).")
        }
    }
}

extension AdapterSettings {
    /// The bytes of `setting` that say where an incident is; nil for none.
    func identity(of setting: AdapterSetting) -> [UInt8]? {
        let value = secrets[setting.name]?.bytes.revealed ?? texts[setting.name].map { Array($0.utf8) }
        switch setting.role {
        case .identifies: return value
        case .locates:
            guard let value else { return nil }
            return BaseURL(String(decoding: value, as: UTF8.self)).map { Array($0.authority.utf8) } ?? value
        case .authenticates, .plain: return nil
        }
    }
}
