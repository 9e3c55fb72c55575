#pragma once
#include <curl/curl.h>
#include <stdbool.h>

/* curl_easy_setopt(), curl_easy_getinfo() and curl_multi_setopt() are variadic; Swift imports no variadic C
   functions. Each wrapper fixes the type of the last argument, which the caller must match to the option. */

/// Sets an option that takes a number.
static inline CURLcode CLibCurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

/// Sets an option that takes a 64-bit size.
static inline CURLcode CLibCurl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

/// Sets an option that takes a string; the library copies it (CURLOPT_POSTFIELDS aside).
static inline CURLcode CLibCurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

/// Sets an option that takes an object pointer, kept as it is.
static inline CURLcode CLibCurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

/// Sets the list of request headers; the list must outlive the transfer.
static inline CURLcode CLibCurl_set_headers(CURL *easy, struct curl_slist *list) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

/// The shape of CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
typedef size_t (*CLibCurl_Sink)(char *bytes, size_t size, size_t count, void *context);

/// Sets a function that takes received bytes.
static inline CURLcode CLibCurl_set_sink(CURL *easy, CURLoption option, CLibCurl_Sink sink) {
    return curl_easy_setopt(easy, option, sink);
}

/// The shape of CURLOPT_PREREQFUNCTION.
typedef int (*CLibCurl_BeforeRequest)(void *context, char *peer, char *local, int peer_port, int local_port);

/// Sets a function that is called before a request is sent over a connection that is there; false where libcurl, before
/// 7.80, has no such call.
static inline bool CLibCurl_set_before_request(CURL *easy, void *context, CLibCurl_BeforeRequest call) {
#if LIBCURL_VERSION_NUM >= 0x075000
    return curl_easy_setopt(easy, CURLOPT_PREREQDATA, context) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, call) == CURLE_OK;
#else
    (void)easy, (void)context, (void)call;
    return false;
#endif
}

/// What a proxy answered when it was last asked for a tunnel, or 0.
static inline long CLibCurl_connect_status(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status;
}

/// The status of the last response, or 0.
static inline long CLibCurl_status(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/// Does not wait for the thread that resolves a name when a transfer is given up; libcurl before 7.87 always waits.
static inline void CLibCurl_set_quick_exit(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
#endif
}

/// Sets a multi option that takes a number.
static inline CURLMcode CLibCurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// The result of a finished transfer: CURLMsg keeps it in a union.
static inline CURLcode CLibCurl_result(const CURLMsg *message) {
    return message->data.result;
}
