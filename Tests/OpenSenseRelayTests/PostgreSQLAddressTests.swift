import OpenSenseRelay
import Testing

@Suite struct `A store in PostgreSQL` {
    /// What is written, and what is shown of it.
    static let addresses = [
        ("postgres://relay@db.example/alarms", "postgres://relay@db.example/alarms"),
        ("postgresql://relay:s3cr3t@db.example/alarms", "postgresql://relay:••••@db.example/alarms"),
        (
            "postgres://relay:s3%40cr3t@a:5432,b:5432/alarms?target_session_attrs=read-write",
            "postgres://relay:••••@a:5432,b:5432/alarms?target_session_attrs=read-write"
        ),
        ("postgres://:s3cr3t@db/alarms", "postgres://:••••@db/alarms"),
        (
            "postgres://relay@/alarms?host=/run/postgresql&password=s3cr3t",
            "postgres://relay@/alarms?host=/run/postgresql&password=••••"
        ),
        ("postgres://relay@/alarms?p%61ssword=s3cr3t", "postgres://relay@/alarms?p%61ssword=••••"),
        (
            "postgres://relay@db/alarms?sslpassword=s3cr3t&sslmode=verify-full",
            "postgres://relay@db/alarms?sslpassword=••••&sslmode=verify-full"
        ),
        (
            "postgres:///alarms?options=-csynchronous_commit%3Dremote_apply",
            "postgres:///alarms?options=-csynchronous_commit%3Dremote_apply"
        ),
        ("postgres://[::1]:5433/alarms", "postgres://[::1]:5433/alarms"),
    ]

    @Test(arguments: addresses) func `is shown without its password`(_ row: (text: String, shown: String))
        throws
    {
        let location = try #require(StoreLocation(row.text))
        #expect(location.description == row.shown)
        for text in ["\(location)", String(reflecting: location), "\([location])"] {
            #expect(!text.contains("s3"), "\(text)")
        }
        var dumped = ""
        dump(location, to: &dumped)
        #expect(!dumped.contains("s3"), "\(dumped)")
        guard case .postgresql(let address) = location else {
            Issue.record("it is \(location)")
            return
        }
        #expect(address.connectionString == row.text)
    }

    static let malformed = [
        "postgres:", "postgres:/db", "postgres//db", "Postgres://db", "postgres://u:p@ss@db/x",
        "postgres://u:p/ss@db/x", "postgres://u:p:ss@db/x", "postgres://u:p%ss@db/x", "postgres://u:p?s@db/x",
        "postgres://db/x?nonsense=1", "postgres://db/x?password", "postgres://db/\u{0}",
    ]

    @Test(arguments: malformed) func `is refused where libpq could take a password for something else`(
        _ text: String
    ) {
        #expect(StoreLocation(text) == nil)
    }

    /// A password whose delimiters are followed by a combining accent: other characters to Swift, the same
    /// bytes to libpq.
    static let accented: [(text: String, shown: String?)] = [
        ("postgres://relay:\u{301}s3cr3t@db/x", "postgres://relay:••••@db/x"),
        ("postgres://relay:s3cr3t@\u{301}db/x", "postgres://relay:••••@\u{301}db/x"),
        ("postgres://\u{301}relay:s3cr3t@db/x", "postgres://\u{301}relay:••••@db/x"),
        ("postgres://relay@db/x?\u{301}password=s3cr3t", nil),
        ("postgres://relay@db/x?user=u&\u{301}password=s3cr3t", nil),
        ("postgres://relay@db/x?password=\u{301}s3cr3t", "postgres://relay@db/x?password=••••"),
        ("postgres://relay@db/x?user=u&password=s3\u{301}cr3t", "postgres://relay@db/x?user=u&password=••••"),
        ("postgres://relay:s3:\u{301}cr3t@db/x", nil), ("postgres://relay:s3@\u{301}cr3t@db/x", nil),
        ("postgres://relay:s3/\u{301}cr3t@db/x", nil), ("postgres://relay:s3?\u{301}cr3t@db/x", nil),
        ("postgres://relay:s3cr3t\r\n@db/x", "postgres://relay:••••@db/x"),
        ("postgres://relay:s3cr3t@\u{200D}db/x", "postgres://relay:••••@\u{200D}db/x"),
    ]

    @Test(arguments: accented) func `is read byte for byte, as libpq reads it`(
        _ row: (text: String, shown: String?)
    ) {
        let shown = StoreLocation(row.text)?.description
        #expect(shown.map { Array($0.utf8) } == row.shown.map { Array($0.utf8) })
        #expect(shown?.utf8.contains(UInt8(ascii: "3")) != true, "\(shown ?? "")")
    }

    static let ports: [(text: String, isRight: Bool)] = [
        ("postgres://relay:s3cr3t/alarms", false), ("postgres://a:5432,relay:s3cr3t/alarms", false),
        ("postgres://relay:54a2/alarms", false), ("postgres://[::1]s3/alarms", false),
        ("postgres://[::1]s3:1/alarms", false),
        ("postgres://db:5432/alarms", true), ("postgres://db:/alarms", true),
        ("postgres://a:1,b:2,c/alarms", true), ("postgres://[::1]:5432,[fe80::1]/alarms", true),
    ]

    @Test(arguments: ports) func `has ports of digits: another text there may be a password without its host`(
        _ row: (text: String, isRight: Bool)
    ) {
        #expect((StoreLocation(row.text) != nil) == row.isRight)
    }
}
