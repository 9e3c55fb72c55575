package import AdapterKit
internal import OpenSenseWebhooks

/// What a configuration says of the names of places: in itself, or in a file that it refers to.
package struct NamesDocument: Sendable {
    /// The names that stand in the configuration.
    package private(set) var names = PlaceNames()
    /// The file that has them instead; nil for none.
    package private(set) var file: String?
    /// Where the setting stands.
    let path = "names"

    /// The longest file of names.
    ///
    /// - Unit: bytes.
    package static let fileBytesMax = ConfigurationSettings.textBytesMax

    /// No names.
    package init() {}

    /// The setting `names`.
    init(_ node: SettingNode?, _ reader: inout SettingReader) {
        guard let node else { return }
        guard case .string(let text) = node.value else {
            names = reader.names(node)
            return
        }
        let prefix = "file:"
        guard text.hasPrefix(prefix), text.utf8.count > prefix.utf8.count else {
            reader.add(node.path, "Expected \"file:PATH\" or an object of names.")
            return
        }
        file = String(text.dropFirst(prefix.count))
    }

    /// The names, those of the file fetched.
    ///
    /// - Throws: ``ConfigurationFaults`` of the file, each with its place there.
    func fetched(
        _ readFile: (String) throws -> [UInt8], at places: ConfigurationPlaces
    ) throws(ConfigurationFaults) -> PlaceNames {
        guard let file else { return names }
        let text: [UInt8]
        do { text = try readFile(file) } catch {
            let reason = FileFault.sentence(error, file)
            throw ConfigurationFaults([places.fault(path, reason)])
        }
        guard text.count <= Self.fileBytesMax else {
            let message = "The file \(file) has more than \(Self.fileBytesMax >> 20) MiB."
            throw ConfigurationFaults([places.fault(path, message)])
        }
        let settings: ConfigurationSettings
        do throws(ConfigurationFaults) { settings = try ConfigurationSettings(text: text) } catch {
            throw ConfigurationFaults(error.faults.map { places.fault(path, "\(file):\($0)") })
        }
        var reader = SettingReader(settings.places, faults: settings.faults)
        let names = reader.names(SettingNode(path: "", value: .object(settings.members)))
        guard reader.faults.isEmpty else {
            let faults = ConfigurationFaults(reader.faults).faults
            throw ConfigurationFaults(faults.map { places.fault(path, "\(file):\($0)") })
        }
        return names
    }
}
