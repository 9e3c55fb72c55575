/// Certificates and keys of tests, which nothing trusts; good until the year 2126.
///
/// Made with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500`.
package struct TestCertificate: Sendable {
    /// The certificate as PEM.
    package let certificate: String
    /// Its private key as PEM.
    package let key: String

    /// A certificate and a key, whether they belong together or not.
    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// `CN=first.test`, for `localhost` and 127.0.0.1.
    package static let first = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBnDCCAUOgAwIBAgIUCgzDSi9o62E1Pi3EWjWPPLPIb/UwCgYIKoZIzj0EAwIw
            FTETMBEGA1UEAwwKZmlyc3QudGVzdDAgFw0yNjExMjcxMjM1MDdaGA8yMTI2MTEw
            MzEyMzUwN1owFTETMBEGA1UEAwwKZmlyc3QudGVzdDBZMBMGByqGSM49AgEGCCqG
            SM49AwEHA0IABJ0SO1+Bur+iMVSAP/C7Qt8WFcAm5BgntID6FfdA/KV1KheTliMY
            9OFSxZxus7aUMOo/NlpKPUf0oxaalsRP2U2jbzBtMB0GA1UdDgQWBBRGeRAIb70G
            DrJngW9vo/3HtWaZLTAfBgNVHSMEGDAWgBRGeRAIb70GDrJngW9vo/3HtWaZLTAP
            BgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAKBggq
            hkjOPQQDAgNHADBEAiB3Tr5NxzUErmxMIKMHbK+hraKcsCv2tmbhDJPrLHib9QIg
            YsGwiLmQ90Q3axAoRGahRo+QBrcq+SqtRAOpbttss+U=
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4EjF5f6/uHujU7Le
            +W+ESn1VvTu9RaJ6YwQSdKehXHqhRANCAASdEjtfgbq/ojFUgD/wu0LfFhXAJuQY
            J7SA+hX3QPyldSoXk5YjGPThUsWcbrO2lDDqPzZaSj1H9KMWmpbET9lN
            -----END PRIVATE KEY-----

            """)

    /// `CN=second.test`, for the same.
    package static let second = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBoDCCAUWgAwIBAgIURoPersYJ7GrgShLsag0wokm1R50wCgYIKoZIzj0EAwIw
            FjEUMBIGA1UEAwwLc2Vjb25kLnRlc3QwIBcNMjYxMTI3MTIzNTA3WhgPMjEyNjEx
            MDMxMjM1MDdaMBYxFDASBgNVBAMMC3NlY29uZC50ZXN0MFkwEwYHKoZIzj0CAQYI
            KoZIzj0DAQcDQgAEDcMYDMy5CELx/zMZbmTLIMOki3gK54nJeqFoQLiZvD9basxw
            cEJMCkZvRD22M6yUk3hhsaXuPeom+Ht+mlWDUaNvMG0wHQYDVR0OBBYEFA+LTgyQ
            3iH0iwyMTi4FSxKG5XlWMB8GA1UdIwQYMBaAFA+LTgyQ3iH0iwyMTi4FSxKG5XlW
            MA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAoG
            CCqGSM49BAMCA0kAMEYCIQCByCB6ZRd2ERYUYLQSSHSPQhnF2xszomRhd/kN76Vq
            SwIhAM94cP3thWRTBhvGxjRDwFqFXdtYFj0KE19CkZjVi8OD
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqZXAMXa50AV7QXJB
            4NytbdeiGUVjuKoIAcy2z+/OYS+hRANCAAQNwxgMzLkIQvH/MxluZMsgw6SLeArn
            icl6oWhAuJm8P1tqzHBwQkwKRm9EPbYzrJSTeGGxpe496ib4e36aVYNR
            -----END PRIVATE KEY-----

            """)

    /// The first, its key with the passphrase `secret`.
    package static let encrypted = TestCertificate(
        certificate: first.certificate,
        key: """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAivIDYGqd1ybAICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEB1D+efczRs5w1NnvdoDsBAEgZC6
            KYsuTZwnQjfwKuvPSeUTTiy/PuNDjmIG4lT2/iy+S/5NoJL7RjyTPInr4p4dhapF
            CIyuvM6wvBwcnSnefMIgN6AS+3R7WzZjOw8WnvW43HMiCurYZMx0CWgrO2kMRhmd
            LGSOFYpMSVxPeUsBtzDexa5n4EpZ3+ebhhJwKU1u2fEuJyHDNPMqOV7qwwyhQZQ=
            -----END ENCRYPTED PRIVATE KEY-----

            """)

    /// An RSA key of 1,024 bits, which OpenSSL refuses.
    package static let weak = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIICBjCCAW+gAwIBAgIUKIV+qW6rAiV07l/d5LIahpyc5TcwDQYJKoZIhvcNAQEL
            BQAwFDESMBAGA1UEAwwJd2Vhay50ZXN0MCAXDTI2MTEyNzEyMzUwN1oYDzIxMjYx
            MTAzMTIzNTA3WjAUMRIwEAYDVQQDDAl3ZWFrLnRlc3QwgZ8wDQYJKoZIhvcNAQEB
            BQADgY0AMIGJAoGBAJ435joLJSCJ4N/0aWvEdgs2mK8KeWN0GPVPpnuyGXLmPcvz
            H56F8Y58VW/EfAeRhKmhQ+OJbU2ogJmwMksyZzD4IIa8YuipIBFqueLGTi0UIHxS
            l+beR/a+VMktx5wCXIHH+WkHzjstOLvXZ7ECr+OCiCGea5IlBOlFnBek+6Y1AgMB
            AAGjUzBRMB0GA1UdDgQWBBSDuqZwAaYnFIhKzhSxJWQds8yoMTAfBgNVHSMEGDAW
            gBSDuqZwAaYnFIhKzhSxJWQds8yoMTAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3
            DQEBCwUAA4GBAI9Y8nTle8qOiQAICOS0USh4Pmg+aPx1e+Jc4W2sSb62Ouy0QnAR
            4MxJBauhGVQxzkn8U/5PoMY3WMr5hloM7M3cneuu1a6YRtpK9hhw2vNuk2PMVeLA
            qSv2pCnxSbgngXF7n9hDixKsGWorxrygyUczQLHa2ynCgEuSMrv2H1pt
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBAJ435joLJSCJ4N/0
            aWvEdgs2mK8KeWN0GPVPpnuyGXLmPcvzH56F8Y58VW/EfAeRhKmhQ+OJbU2ogJmw
            MksyZzD4IIa8YuipIBFqueLGTi0UIHxSl+beR/a+VMktx5wCXIHH+WkHzjstOLvX
            Z7ECr+OCiCGea5IlBOlFnBek+6Y1AgMBAAECgYACquyd0+xHVSvOet+AKqrW24/N
            e766N43oLPSgp0sYjdtC4hGJaba98Ui7frOcqQ50kbyETJ/kLFAmxzrB29KzkOEH
            79TSyH4moOPqjxDYLTGZLUtIC1XhToTJ2t4Nezn+i/mvyt+8n3Ifal18T0zalpYJ
            QaWCfepcacoaDVmNYQJBANBCY5Am2GiNTTDtKI2TVIoZoO0IncfluwISswBLxiT4
            Pi96AK6UAA+jJklOw0PCyXwXr5XygD4Cb7YwOM2M7I0CQQDCfOB7hdM/qXFG4QK9
            YsDmSQer4eowlJbsMVHMM7Q1FgK748a94hRiOAUb56hLDRk6a9kznlZhItVEs/U1
            lXpJAkA2kw8wOV3AmDbAOYXFA/TFc83eD8H5HlSRSIEr9K9qBLuXCWugVBxn/KMN
            1twIp8TRBgv3SWMd3NmVbrGT+/gJAkABmLjXCsAzM5bkeBBnsZnXyh2wAYjEoVOj
            2LvNK1d9YBLhq/sDsAluzPrtwbcV9qOQYTZFQDWBUqHhkICg0ftRAkBqeCNiN4O7
            Q4Px21PZjfb1tMcAjPMvTg34crbPZzyVV6oyevJ8hp7hr04OjTBD+HK0M2+bOw1z
            u7sxJlgSCRdq
            -----END PRIVATE KEY-----

            """)
}
