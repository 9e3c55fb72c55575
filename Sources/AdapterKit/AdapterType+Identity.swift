package import OpenSenseWebhooks
internal import Signing

extension AdapterType {
    /// How long the fingerprints that ``identity(of:)`` and ``vendor(of:)`` give are.
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
        try name("opensense-relay destination", of: settings) { $0.role == .identifies }
    }

    /// Names what a vendor counts requests under: the adapter, the host and port of the settings that locate,
    /// and every secret.
    ///
    /// Two destinations that have the same share a pace. It does not reveal a secret: it is the beginning of
    /// a SHA-256.
    ///
    /// - Throws: ``AdapterError`` when libcrypto fails.
    public func vendor(of settings: AdapterSettings) throws(AdapterError) -> String {
        try name("opensense-relay vendor", of: settings, by: \.isSecret)
    }

    /// The fingerprint of the settings that locate, and of those that `isPart` takes.
    private func name(
        _ purpose: String, of settings: AdapterSettings, by isPart: (AdapterSetting) -> Bool
    ) throws(AdapterError) -> String {
        var parts: [[UInt8]] = [Array(purpose.utf8), Array(name.utf8)]
        for setting in self.settings.sorted(by: { $0.name < $1.name }) {
            guard setting.role == .locates || isPart(setting), let value = settings.place(of: setting) else {
                continue
            }
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
    /// The bytes of `setting`, of a base URL those of its host and port; nil for none.
    private func bytes(of setting: AdapterSetting) -> [UInt8]? {
        secrets[setting.name]?.bytes.revealed ?? texts[setting.name].map { Array($0.utf8) }
    }

    /// What of `setting` names a place: of a base URL its host and port; nil for none.
    func place(of setting: AdapterSetting) -> [UInt8]? {
        guard let value = bytes(of: setting), setting.role == .locates else { return bytes(of: setting) }
        return BaseURL(String(decoding: value, as: UTF8.self)).map { Array($0.authority.utf8) } ?? value
    }

    /// The host and port of each setting of `type` that locates.
    package func authorities(_ type: AdapterType) -> Set<String> {
        let located = type.settings.filter { $0.role == .locates }
        return Set(located.compactMap { place(of: $0).map { String(decoding: $0, as: UTF8.self) } })
    }

    /// The same settings with other secrets in the place of some.
    package func replacing(_ others: [String: Secret]) -> AdapterSettings {
        AdapterSettings(texts: texts, secrets: secrets.merging(others) { $1 })
    }
}
