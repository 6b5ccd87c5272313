// Posts files by Go's net/http: `go run client.go URL FOLDER`; prints the status of each, null for none.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

func slowly(body []byte, whole bool) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		writer.Write(body[:len(body)/2])
		time.Sleep(200 * time.Millisecond)
		if !whole {
			writer.CloseWithError(errors.New("broken off"))
			return
		}
		writer.Write(body[len(body)/2:])
		writer.Close()
	}()
	return reader
}

func post(what string) *int {
	body, err := os.ReadFile(filepath.Join(os.Args[2], what+".json"))
	if err != nil {
		panic(err)
	}
	var sent io.Reader = bytes.NewReader(body)
	if what == "slow" || what == "broken" {
		sent = slowly(body, what == "slow")
	}
	request, _ := http.NewRequest("POST", os.Args[1], sent)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer police-key")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil
	}
	answer.Body.Close()
	return &answer.StatusCode
}

func main() {
	told := map[string]*int{}
	for _, what := range []string{"good", "bad", "large", "slow", "broken"} {
		told[what] = post(what)
	}
	text, _ := json.Marshal(told)
	fmt.Println(string(text))
}
