// A CNI plugin, last in its chain, that holds a pod back until the policy enforcer has applied the rules for it:
// without it a new pod would run for a moment with no policy at all. It tells the enforcer a pod's address by a file
// FOLDER/CONTAINER.json and takes FOLDER/CONTAINER.applied as the answer.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// As long as a busy machine may need; the kubelet tries again after a failure.
const patience = 20 * time.Second

type configuration struct {
	CNIVersion string          `json:"cniVersion"`
	Folder     string          `json:"folder"`
	PrevResult json.RawMessage `json:"prevResult"`
}

type pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
	Address   string `json:"address"`
}

func fail(err error) {
	json.NewEncoder(os.Stdout).Encode(map[string]any{"code": 11, "msg": err.Error()})
	os.Exit(1)
}

func read() configuration {
	var conf configuration
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = json.Unmarshal(text, &conf)
	}
	if err != nil {
		fail(err)
	}
	return conf
}

func describe(conf configuration) (pod, error) {
	var result struct {
		IPs []struct{ Address string } `json:"ips"`
	}
	if err := json.Unmarshal(conf.PrevResult, &result); err != nil {
		return pod{}, err
	}
	if len(result.IPs) != 1 {
		return pod{}, fmt.Errorf("a pod with %d addresses", len(result.IPs))
	}
	prefix, err := netip.ParsePrefix(result.IPs[0].Address)
	if err != nil {
		return pod{}, err
	}
	about := pod{Address: prefix.Addr().String()}
	for _, pair := range strings.Split(os.Getenv("CNI_ARGS"), ";") {
		switch key, value, _ := strings.Cut(pair, "="); key {
		case "K8S_POD_NAMESPACE":
			about.Namespace = value
		case "K8S_POD_NAME":
			about.Name = value
		case "K8S_POD_UID":
			about.UID = value
		}
	}
	return about, nil
}

func add(conf configuration, file string) error {
	about, err := describe(conf)
	if err != nil {
		return err
	}
	text, err := json.Marshal(about)
	if err != nil {
		return err
	}
	// Renamed into place, so that the enforcer never reads half a file.
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	if err := os.Rename(file+".new", file+".json"); err != nil {
		return err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(file + ".applied"); err == nil {
			_, err = os.Stdout.Write(conf.PrevResult)
			return err
		}
	}
	return fmt.Errorf("the policy enforcer did not answer for %s/%s", about.Namespace, about.Name)
}

func main() {
	command := os.Getenv("CNI_COMMAND")
	if command == "VERSION" {
		fmt.Println(`{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}`)
		return
	}
	conf := read()
	file := filepath.Join(conf.Folder, os.Getenv("CNI_CONTAINERID"))
	switch command {
	case "ADD":
		if err := add(conf, file); err != nil {
			fail(err)
		}
	case "DEL":
		os.Remove(file + ".json")
		os.Remove(file + ".applied")
	}
}
