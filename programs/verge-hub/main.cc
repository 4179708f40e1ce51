// verge-hub: the fleet server.
#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "hub/data_dir.h"
#include "hub/hub.h"
#include "sys/file/file.h"

namespace {

using verge::Result;
using verge::Status;

int Fail(const Status& status) {
  std::fprintf(stderr, "verge-hub: %s\n", status.ToString().c_str());
  return 1;
}

// "ADDRESS:PORT"; IPv6 as [::1]:8443.
Status ParseListen(const std::string& text, verge::hub::HubOptions& options) {
  const size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  options.address = text.substr(0, colon);
  if (options.address.size() > 2 && options.address.front() == '[' && options.address.back() == ']') {
    options.address = options.address.substr(1, options.address.size() - 2);
  }
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number > 65535 || options.address.empty()) {
    return VERGE_ERROR(kInvalidArgument, "--listen " + text + ": expected ADDRESS:PORT, for example 127.0.0.1:8443");
  }
  options.port = static_cast<uint16_t>(number);
  return Status::Ok();
}

int Init(const verge::hub::InitOptions& options, const std::string& listen) {
  verge::hub::HubOptions checked;
  const Status listen_ok = ParseListen(listen, checked);
  if (!listen_ok.ok()) return Fail(listen_ok);
  verge::hub::InitOptions full = options;
  if (full.names.empty()) full.names = {"localhost", "127.0.0.1", "::1"};
  const Status made = verge::hub::InitDataDir(full);
  if (!made.ok()) return Fail(made);
  const char* const dir = options.data_dir.c_str();
  std::printf("Made a new hub in %s\n", dir);
  std::printf("  its CA certificate        %s/ca.pem\n", dir);
  std::printf("  the operator's token      %s/%s  (keep it secret)\n", dir, verge::hub::kTokenFile);
  std::printf("Next:\n  verge-hub serve --data %s --listen %s\n", dir, listen.c_str());
  std::printf("  verge login --hub https://%s --ca %s/ca.pem --token-file %s/%s\n", listen.c_str(), dir, dir,
              verge::hub::kTokenFile);
  return 0;
}

// `signals` are blocked in every thread; this one waits for them.
int Serve(const verge::hub::HubOptions& options, const std::string& port_file, const sigset_t& signals) {
  Result<std::unique_ptr<verge::hub::Hub>> hub = verge::hub::Hub::Start(options);
  if (!hub.ok()) return Fail(hub.status());
  const unsigned port = (*hub)->port();
  if (!port_file.empty()) {
    const Status written = verge::sys::WriteFileAtomic(port_file, std::to_string(port) + "\n");
    if (!written.ok()) return Fail(written);
  }
  const bool is_ipv6 = options.address.find(':') != std::string::npos;
  std::printf("verge-hub %s serves %s on https://%s%s%s:%u\n", options.version.c_str(), options.data_dir.c_str(),
              is_ipv6 ? "[" : "", options.address.c_str(), is_ipv6 ? "]" : "", port);
  std::fflush(stdout);
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  std::printf("verge-hub: stopping on signal %d\n", signal);
  (*hub)->Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The Verge fleet server", "verge-hub");
  app.set_version_flag("--version", VERGE_VERSION);
  app.require_subcommand(1);

  verge::hub::InitOptions init_options;
  std::string listen = "127.0.0.1:8443";
  CLI::App* const init =
      app.add_subcommand("init", "Make a new hub: keys, certificate, database, first operator token");
  init->add_option("--data", init_options.data_dir, "Folder for everything the hub keeps")->required();
  init->add_option("--name", init_options.names, "DNS name or IP address devices reach the hub by; may be repeated")
      ->default_str("localhost 127.0.0.1 ::1");
  init->add_option("--listen", listen, "Only shown in the advice at the end")->capture_default_str();

  verge::hub::HubOptions serve_options;
  serve_options.version = VERGE_VERSION;
  std::string port_file;
  CLI::App* const serve = app.add_subcommand("serve", "Serve a hub until SIGTERM or SIGINT");
  serve->add_option("--data", serve_options.data_dir, "The hub's folder")->required();
  serve->add_option("--listen", listen, "ADDRESS:PORT; port 0 lets the system choose")->capture_default_str();
  serve->add_option("--port-file", port_file, "Write the port here once it serves");
  serve->add_option("--access-log", serve_options.access_log, "Append one JSON line a request here");
  serve
      ->add_option("--metadata-ttl", serve_options.metadata_ttl_s,
                   "Seconds that a timestamp and what the director says stay valid")
      ->check(CLI::Range(1, 30 * 86400))
      ->capture_default_str();
  serve->add_option("--threads", serve_options.threads, "Threads for requests")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();

  CLI11_PARSE(app, argc, argv);
  if (*init) return Init(init_options, listen);

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const Status listen_ok = ParseListen(listen, serve_options);
  if (!listen_ok.ok()) return Fail(listen_ok);
  return Serve(serve_options, port_file, signals);
}
