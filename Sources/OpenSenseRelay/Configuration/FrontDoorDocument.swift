internal import HTTPServer
internal import OpenSenseWebhooks

/// Where deliveries are received, as `listen` says it: an address, or an object with an address, the files
/// for TLS, and the proxies that are in front.
struct FrontDoorDocument {
    private(set) var address: ListenAddress?
    private(set) var trustedProxies = TrustedProxies()
    private(set) var tls: TLSFiles?

    init(_ node: SettingNode, _ reader: inout SettingReader) {
        guard case .object(_) = node.value else {
            address = reader.listenAddress(node)
            return
        }
        let members = reader.object(node, names: ["address", "tls", "trustedProxies"])
        address = members["address"].flatMap { reader.listenAddress($0) }
        tls = members["tls"].flatMap { Self.tls($0, &reader) }
        guard let given = members["trustedProxies"], let items = reader.items(given) else { return }
        var networks: [TrustedProxies.Network] = []
        for item in items {
            guard let text = reader.text(item) else { continue }
            if let network = TrustedProxies.Network(text) {
                networks.append(network)
            } else {
                reader.add(
                    item.path,
                    "Expected an address or a network without bits behind its length, such as \"10.0.0.0/8\"."
                )
            }
        }
        trustedProxies = TrustedProxies(networks)
    }

    private static func tls(_ node: SettingNode, _ reader: inout SettingReader) -> TLSFiles? {
        let members = reader.object(node, names: ["certificate", "key"])
        let certificate = members["certificate"].flatMap { reader.text($0) }
        let key = members["key"].flatMap { reader.text($0) }
        if members["certificate"] == nil || members["key"] == nil {
            reader.add(node.path, "Expected { certificate: \"FILE\", key: \"FILE\" }, both PEM.")
        }
        guard let certificate, let key else { return nil }
        return TLSFiles(certificate: certificate, key: key)
    }
}

extension SettingReader {
    /// An address to listen on; nil where it is at fault.
    mutating func listenAddress(_ node: SettingNode) -> ListenAddress? {
        guard let text = text(node) else { return nil }
        guard let address = ListenAddress(text) else {
            add(node.path, "Expected HOST:PORT, such as \"127.0.0.1:8080\".")
            return nil
        }
        return address
    }
}
