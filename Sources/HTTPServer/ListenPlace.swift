/// Where a server listens.
package enum ListenPlace: Sendable, Hashable {
    /// At a name or an address of this machine (`0.0.0.0` and `::` stand for all of them), and a port in
    /// 0...65535, of which 0 takes any free one.
    case address(host: String, port: Int)
    /// On a socket that listens already and stays open elsewhere, as systemd's sockets do: what connects
    /// while no server runs waits there for the next one.
    case inherited(descriptor: Int32)
}
