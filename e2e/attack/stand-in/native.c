// Native code in a runner's place: asks the kernel for what no runner may have. One line for each try, `name<TAB>held` or
// `name<TAB>through<TAB>what was had`. The file named by the first argument is the host's and must not be read.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *host_file;
static char had[1024];

// Tries answer whether they got through, and say in `had` what they got.
typedef int (*attempt)(void);

static int opened(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) return 0;
  snprintf(had, sizeof had, "%s", path);
  close(fd);
  return 1;
}

static int any_opened(const char *const paths[], int flags) {
  for (int i = 0; paths[i]; i++)
    if (opened(paths[i], flags)) return 1;
  return 0;
}

static int become_root(void) { return setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0; }

static int gain_privileges(void) {
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  int found = status == NULL || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
  while (status && fgets(line, sizeof line, status))
    if (!strncmp(line, "Cap", 3) && strncmp(line, "CapInh", 6) && strtoull(line + 7, NULL, 16)) {
      line[strcspn(line, "\n")] = 0;
      snprintf(had, sizeof had, "%s", line);
      found = 1;
    }
  if (status) fclose(status);
  return found;
}

static int mount_proc(void) { return mount("proc", "/tmp", "proc", 0, NULL) == 0; }
static int mount_bind(void) { return mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL) == 0; }
static int remount_root(void) { return mount(NULL, "/", NULL, MS_REMOUNT, NULL) == 0; }
static int unmount_root(void) { return umount2("/", MNT_DETACH) == 0; }
static int change_root(void) { return chroot("/tmp") == 0; }
static int pivot(void) { return syscall(SYS_pivot_root, "/", "/tmp") == 0; }

// A namespace of one's own is no harm by itself: what could be mounted in it is the question.
static int mount_disk_in_user_namespace(void) {
  static const char *const disks[] = {"/dev/vda", "/dev/vda1", "/dev/sda", "/dev/sda1", "/dev/nvme0n1", NULL};
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 0;
  for (int i = 0; disks[i]; i++)
    if (mount(disks[i], "/tmp", "ext4", MS_RDONLY, NULL) == 0) return 1;
  return opened("/tmp/etc/shadow", O_RDONLY);
}

static int enter_other_namespaces(void) {
  char path[64];
  for (int pid = 1; pid < 4096; pid++) {
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    int entered = setns(fd, CLONE_NEWNS) == 0;
    close(fd);
    if (entered) return 1;
  }
  return 0;
}

static int read_kernel_memory(void) {
  static const char *const paths[] = {"/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", NULL};
  return any_opened(paths, O_RDONLY);
}

static int read_kernel_log(void) { return opened("/dev/kmsg", O_RDONLY) || opened("/proc/kmsg", O_RDONLY); }

static int open_devices(void) {
  static const char *const paths[] = {"/dev/kvm",  "/dev/fuse",     "/dev/vda",     "/dev/sda", "/dev/nvme0n1",
                                      "/dev/loop0", "/dev/net/tun", "/dev/vhost-net", "/dev/dri/card0", NULL};
  return any_opened(paths, O_RDWR) || any_opened(paths, O_RDONLY);
}

static int make_device(void) {
  int made = mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0)) == 0;
  return made && opened("/tmp/disk", O_RDONLY);
}

static int load_module(void) {
  return syscall(SYS_init_module, "", 0, "") == 0 || syscall(SYS_finit_module, 0, "", 0) == 0;
}

static int load_kernel(void) { return syscall(SYS_kexec_load, 0, 0, NULL, 0) == 0; }

static int load_bpf(void) {
  char attributes[128] = {0};
  return syscall(SYS_bpf, 0 /* BPF_MAP_CREATE */, attributes, sizeof attributes) >= 0 ||
         syscall(SYS_bpf, 5 /* BPF_PROG_LOAD */, attributes, sizeof attributes) >= 0;
}

static int watch_machine(void) {
  unsigned int attributes[32] = {0, sizeof attributes};
  return syscall(SYS_perf_event_open, attributes, -1, 0, -1, 0) >= 0;
}

static int restart_machine(void) {
  // Without privileges this changes nothing; with them it would only change what Ctrl-Alt-Del does.
  return reboot(RB_DISABLE_CAD) == 0;
}

static int change_names(void) { return sethostname("mine", 4) == 0 || setdomainname("mine", 4) == 0; }

static int change_clock(void) {
  struct timeval now;
  gettimeofday(&now, NULL);
  return settimeofday(&now, NULL) == 0;
}

static int swap(void) { return swapon("/tmp/swap", 0) == 0; }
static int write_io_ports(void) {
#ifdef SYS_iopl
  return syscall(SYS_iopl, 3) == 0 || syscall(SYS_ioperm, 0x80, 1, 1) == 0;
#else
  return 0;
#endif
}

static int write_kernel_settings(void) {
  static const char *const paths[] = {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
                                      "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger",
                                      "/sys/kernel/uevent_helper", "/proc/sys/net/ipv4/ip_forward", NULL};
  return any_opened(paths, O_WRONLY);
}

static int write_cgroups(void) {
  static const char *const paths[] = {"/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/release_agent",
                                      "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                                      "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/devices/devices.allow", NULL};
  return any_opened(paths, O_WRONLY);
}

static int write_root(void) {
  static const char *const paths[] = {"/app/mine", "/usr/local/bin/mine", "/etc/mine", "/mine", "/root/mine", NULL};
  for (int i = 0; paths[i]; i++)
    if (opened(paths[i], O_WRONLY | O_CREAT)) return 1;
  return opened("/usr/local/bin/node", O_WRONLY);
}

static int read_raw(int domain, int type, int protocol) {
  int fd = socket(domain, type, protocol);
  if (fd < 0) return 0;
  close(fd);
  return 1;
}

static int raw_sockets(void) { return read_raw(AF_INET, SOCK_RAW, IPPROTO_ICMP) || read_raw(AF_INET, SOCK_RAW, IPPROTO_TCP); }
static int packet_sockets(void) { return read_raw(AF_PACKET, SOCK_RAW, htons(3)) || read_raw(AF_PACKET, SOCK_DGRAM, htons(3)); }

static int dial_machine(void) {
  int fd = socket(AF_VSOCK, SOCK_STREAM, 0);
  if (fd < 0) return 0;
  struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = 22};
  int connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
  close(fd);
  return connected;
}

static int take_address(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0) return 0;
  struct {
    struct nlmsghdr head;
    struct ifaddrmsg message;
    struct rtattr attribute;
    unsigned char address[4];
  } request = {.head = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_NEWADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE},
               .message = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = if_nametoindex("eth0")},
               .attribute = {.rta_len = RTA_LENGTH(4), .rta_type = IFA_LOCAL},
               .address = {169, 254, 169, 254}};
  struct timeval patience = {.tv_sec = 2};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char answer[4096];
  int isTaken = 0;
  if (send(fd, &request, sizeof request, 0) > 0 && recv(fd, answer, sizeof answer, 0) > (ssize_t)sizeof(struct nlmsghdr)) {
    struct nlmsghdr *head = (struct nlmsghdr *)answer;
    isTaken = head->nlmsg_type == NLMSG_ERROR && ((struct nlmsgerr *)NLMSG_DATA(head))->error == 0;
  }
  close(fd);
  return isTaken;
}

static int promiscuous(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request = {0};
  strcpy(request.ifr_name, "eth0");
  int changed = 0;
  if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
    request.ifr_flags |= IFF_PROMISC;
    changed = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  }
  close(fd);
  return changed;
}

static int open_by_handle(void) {
  struct { struct file_handle head; unsigned char bytes[128]; } handle = {.head = {.handle_bytes = 8, .handle_type = 1}};
  handle.bytes[0] = 2; // the root of most file systems is inode 2
  int root = open("/", O_RDONLY | O_DIRECTORY);
  int fd = open_by_handle_at(root, &handle.head, O_RDONLY);
  close(root);
  return fd >= 0;
}

static int read_host_file(void) {
  static const char *const prefixes[] = {"", "/proc/1/root", "/proc/self/root/..", "/proc/1/cwd/../../..", "/host", "/rootfs",
                                         "/run/containerd/io.containerd.runtime.v2.task", "/var/lib/kubelet", NULL};
  char path[600];
  for (int i = 0; prefixes[i]; i++) {
    snprintf(path, sizeof path, "%s%s", prefixes[i], host_file);
    if (opened(path, O_RDONLY)) return 1;
  }
  return 0;
}

static int read_by_descriptors(void) {
  char path[700];
  for (int fd = 0; fd < 1024; fd++) {
    snprintf(path, sizeof path, "/proc/self/fd/%d/../../../../../..%s", fd, host_file);
    if (opened(path, O_RDONLY)) return 1;
    int descriptor = openat(fd, "..", O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) continue;
    int found = openat(descriptor, host_file + 1, O_RDONLY) >= 0;
    close(descriptor);
    if (found) return 1;
  }
  return 0;
}

static int dial_container_engine(void) {
  static const char *const paths[] = {"/run/containerd/containerd.sock", "/var/run/docker.sock", "/run/crio/crio.sock",
                                      "/var/lib/kubelet/pod-resources/kubelet.sock", "/run/systemd/private", NULL};
  return any_opened(paths, O_PATH);
}

static int count_foreign(int signalled) {
  DIR *proc = opendir("/proc");
  struct dirent *entry;
  int foreign = 0;
  while (proc && (entry = readdir(proc))) {
    int pid = atoi(entry->d_name);
    if (pid <= 0) continue;
    char path[300], command[256] = {0};
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    if (read(fd, command, sizeof command - 1) < 0) command[0] = 0;
    close(fd);
    if (command[0] == 0 || strstr(command, "node") || strstr(command, "native")) continue;
    snprintf(had, sizeof had, "%d %s", pid, command);
    foreign += signalled ? kill(pid, 0) == 0 : 1;
  }
  if (proc) closedir(proc);
  return foreign;
}

static int see_other_processes(void) { return count_foreign(0) > 0; }
static int signal_other_processes(void) { return count_foreign(1) > 0; }

static int read_environments(void) {
  char path[64];
  for (int pid = 1; pid < 32768; pid++) {
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    char text[65536] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    for (ssize_t i = 0; i < length; i++)
      if (!strncmp(text + i, "KUBECONFIG=", 11) || !strncmp(text + i, "COFFERDAM_CLUSTER", 17)) return 1;
  }
  return 0;
}

static int renice(void) { return setpriority(0, 0, -20) == 0; }


static const struct {
  const char *name;
  attempt attempt;
} attempts[] = {
    {"become root", become_root},
    {"have a capability, or gain one by a program", gain_privileges},
    {"mount proc", mount_proc},
    {"mount a folder over another", mount_bind},
    {"make the root writable", remount_root},
    {"unmount the root", unmount_root},
    {"change the root", change_root},
    {"pivot the root", pivot},
    {"mount a disk in a user namespace", mount_disk_in_user_namespace},
    {"enter another mount namespace", enter_other_namespaces},
    {"read the kernel's memory", read_kernel_memory},
    {"read the kernel's log", read_kernel_log},
    {"open a device", open_devices},
    {"make a device", make_device},
    {"load a kernel module", load_module},
    {"load a kernel", load_kernel},
    {"load a BPF program", load_bpf},
    {"count the machine's events", watch_machine},
    {"restart the machine", restart_machine},
    {"change the host's name", change_names},
    {"change the clock", change_clock},
    {"swap to a file", swap},
    {"write I/O ports", write_io_ports},
    {"write kernel settings", write_kernel_settings},
    {"write control groups", write_cgroups},
    {"write the image", write_root},
    {"open a raw socket", raw_sockets},
    {"open a packet socket", packet_sockets},
    {"dial the machine by vsock", dial_machine},
    {"take another address", take_address},
    {"listen to the neighbours", promiscuous},
    {"open a file by its handle", open_by_handle},
    {"read a file of the host", read_host_file},
    {"read a file of the host by a descriptor", read_by_descriptors},
    {"open the container engine's socket", dial_container_engine},
    {"see processes of other pods", see_other_processes},
    {"signal processes of other pods", signal_other_processes},
    {"read an environment of the machine's", read_environments},
    {"run before everybody else", renice},
};

// Each in a process of its own: what one has changed, or was killed for, is none of the next one's.
static void try_one(const char *name, attempt attempt) {
  int ends[2];
  if (pipe(ends) != 0) exit(1);
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    int through = attempt();
    if (through && write(ends[1], had[0] ? had : "yes", strlen(had[0] ? had : "yes")) < 0) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  char said[1024] = {0};
  ssize_t length = read(ends[0], said, sizeof said - 1);
  close(ends[0]);
  waitpid(child, NULL, 0);
  if (length > 0) printf("%s\tthrough\t%s\n", name, said);
  else printf("%s\theld\n", name);
  fflush(stdout);
}

int main(int count, char **arguments) {
  host_file = count > 1 ? arguments[1] : "/none";
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) try_one(attempts[i].name, attempts[i].attempt);
  return 0;
}
