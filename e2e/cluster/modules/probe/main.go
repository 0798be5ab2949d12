// What the cluster's own tests run in pods: `probe listen tcp:8080 udp:5353 …` answers on each with its host's name;
// `probe dial tcp 10.0.0.1:8080` prints that answer, or ends with 1 when none came within a second.
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

const patience = time.Second

func end(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func listen(network, port string) {
	name, _ := os.Hostname()
	if network == "udp" {
		socket, err := net.ListenPacket("udp", ":"+port)
		if err != nil {
			end(err)
		}
		buffer := make([]byte, 64)
		for {
			if _, from, err := socket.ReadFrom(buffer); err == nil {
				socket.WriteTo([]byte(name), from)
			}
		}
	}
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		end(err)
	}
	for {
		if connection, err := listener.Accept(); err == nil {
			connection.Write([]byte(name))
			connection.Close()
		}
	}
}

func dial(network, address string) {
	connection, err := net.DialTimeout(network, address, patience)
	if err != nil {
		end(err)
	}
	connection.SetDeadline(time.Now().Add(patience))
	if network == "udp" {
		connection.Write([]byte("?"))
	}
	buffer := make([]byte, 256)
	count, err := connection.Read(buffer)
	if err != nil {
		end(err)
	}
	fmt.Println(string(buffer[:count]))
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "dial" {
		dial(os.Args[2], os.Args[3])
		return
	}
	if len(os.Args) < 3 || os.Args[1] != "listen" {
		end(fmt.Errorf("usage: probe listen NETWORK:PORT… | probe dial NETWORK ADDRESS:PORT"))
	}
	for _, at := range os.Args[2:] {
		network, port, _ := strings.Cut(at, ":")
		go listen(network, port)
	}
	select {}
}
