// A receiver as one writes it with Go's standard library: verifies, deduplicates in memory, stores nothing.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

var secret = []byte(os.Getenv("OPENSENSE_SECRET"))

type envelope struct {
	Event struct {
		Kind string `json:"kind"`
	} `json:"event"`
	Delivery struct {
		ID string `json:"id"`
	} `json:"delivery"`
}

var (
	lock sync.Mutex
	seen = map[string]struct{}{}
)

func verified(header string, body []byte) bool {
	var t string
	var macs [][]byte
	for _, pair := range strings.Split(header, ",") {
		key, value, found := strings.Cut(strings.TrimSpace(pair), "=")
		if !found {
			return false
		}
		switch key {
		case "t":
			t = value
		case "v1":
			if mac, err := base64.StdEncoding.DecodeString(value); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	if err != nil {
		return false
	}
	hash := hmac.New(sha256.New, secret)
	io.WriteString(hash, t+".")
	hash.Write(body)
	expected := hash.Sum(nil)
	age := time.Now().Unix() - seconds
	for _, mac := range macs {
		if hmac.Equal(mac, expected) {
			return age <= 300 && age >= -300
		}
	}
	return false
}

func receive(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, 1<<20))
	if err != nil || !verified(request.Header.Get("X-OpenSense-Signature"), body) {
		response.WriteHeader(401)
		return
	}
	var delivery envelope
	if json.Unmarshal(body, &delivery) != nil {
		response.WriteHeader(400)
		return
	}
	lock.Lock()
	_, known := seen[delivery.Delivery.ID]
	seen[delivery.Delivery.ID] = struct{}{}
	lock.Unlock()
	code := "accepted"
	if known {
		code = "duplicate"
	}
	response.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(response, "{\"code\":%q,\"delivery_id\":%q}\n", code, delivery.Delivery.ID)
}

func main() {
	http.HandleFunc("/opensense", receive)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stderr, "listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, nil))
}
