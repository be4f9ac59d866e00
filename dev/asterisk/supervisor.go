package asterisk

import (
	"bufio"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

//go:embed supervisor.sh
var supervisorScript string

// supervisor is the shell that holds one Asterisk, see supervisor.sh.
type supervisor struct {
	cmd     *exec.Cmd
	orders  *os.File // closing it is the order to end
	answers *bufio.Reader
	closer  *os.File
}

func supervise(l layout, lock *os.File) (*supervisor, error) {
	ordersIn, orders, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, answersOut, err := os.Pipe()
	if err != nil {
		ordersIn.Close()
		orders.Close()
		return nil, err
	}
	cmd := exec.Command("sh", "-c", supervisorScript, "fraudguard-supervisor", l.root, l.mainConfig(), l.outside())
	cmd.Stdin, cmd.Stdout, cmd.ExtraFiles = ordersIn, answersOut, []*os.File{lock}
	cmd.Dir = "/"
	// A session of its own: Ctrl-C at a terminal reaches the starter only.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	ordersIn.Close()
	answersOut.Close()
	if err != nil {
		orders.Close()
		answers.Close()
		return nil, fmt.Errorf("starting the supervisor of an asterisk: %w", err)
	}
	return &supervisor{cmd: cmd, orders: orders, answers: bufio.NewReader(answers), closer: answers}, nil
}

// start starts Asterisk and returns its process id.
func (s *supervisor) start() (int, error) {
	if _, err := s.orders.WriteString("start\n"); err != nil {
		return 0, fmt.Errorf("the supervisor of an asterisk is gone: %w", err)
	}
	line, err := s.answers.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("the supervisor of an asterisk is gone: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(line))
}

// end returns when Asterisk is dead and its folder removed.
func (s *supervisor) end() error {
	s.orders.Close()
	err := s.cmd.Wait()
	s.closer.Close()
	if err != nil {
		return fmt.Errorf("cleaning up after an asterisk: %w", err)
	}
	return nil
}
