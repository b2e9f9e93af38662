// Checks a comment by Connect's protocol; needs nothing but Go's standard library:
//
//	go run check.go http://127.0.0.1:7712 "A *fine* point"
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

type answer struct {
	HTML     string `json:"html"`
	Decision struct {
		Verdict string `json:"verdict"`
	} `json:"decision"`
	// Of an error:
	Code    string `json:"code"`
	Message string `json:"message"`
}

func check(url, key, body string) (*answer, error) {
	message, err := json.Marshal(map[string]any{"comment": map[string]any{
		"name": "sites/default", "body": body, "author": map[string]string{"name": "Ann"}}})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest("POST", url+"/sluice.v1.ModerationService/CheckComment", bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var out answer
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return nil, err
	}
	if out.Code != "" {
		return nil, fmt.Errorf("%s: %s", out.Code, out.Message)
	}
	return &out, nil
}

func main() {
	out, err := check(os.Args[1], os.Getenv("SLUICE_KEY"), os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]string{"verdict": out.Decision.Verdict, "html": out.HTML})
}
