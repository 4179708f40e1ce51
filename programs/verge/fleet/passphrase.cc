#include "verge/fleet/passphrase.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "sys/crypto/passphrase.h"
#include "sys/file/file.h"
#include "sys/file/unique_fd.h"
#include "sys/token/token.h"
#include "tuf/key_file.h"

namespace verge::cli {
namespace {

constexpr size_t kMinBytes = 8;
constexpr size_t kMaxBytes = 1024;

// Switches the echo of a terminal off while it lives.
class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_(fd), is_terminal_(tcgetattr(fd, &before_) == 0) {
    if (!is_terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  ~NoEcho() {
    if (is_terminal_) tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  int fd_;
  termios before_{};
  bool is_terminal_;
};

Status Say(int fd, const std::string& text) {
  if (write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return Status::Ok();
  return VERGE_ERROR(kUnavailable, "cannot write to the terminal");
}

Result<std::string> AskTerminal(const std::string& question) {
  const sys::UniqueFd terminal(open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (!terminal.valid()) {
    return VERGE_ERROR(kFailedPrecondition,
                       "a passphrase is needed and there is no terminal: give --passphrase-file FILE or set "
                       "VERGE_PASSPHRASE_FILE");
  }
  VERGE_TRY(Say(terminal.get(), question));
  std::string line;
  {
    const NoEcho silent(terminal.get());
    char c = 0;
    while (line.size() < kMaxBytes && read(terminal.get(), &c, 1) == 1 && c != '\n') line += c;
  }
  VERGE_TRY(Say(terminal.get(), "\n"));
  return line;
}

std::string FileOf(const PassphraseOptions& options) {
  if (!options.file.empty()) return options.file;
  const char* value = std::getenv("VERGE_PASSPHRASE_FILE");
  return value == nullptr ? "" : value;
}

// The first line of the file.
Result<std::string> ReadPassphraseFile(const std::string& path) {
  VERGE_TRY_ASSIGN(std::string text, sys::ReadFile(path, 4 * kMaxBytes));
  text.resize(std::min(text.size(), text.find('\n')));
  if (text.empty()) return VERGE_ERROR(kInvalidArgument, path + ": its first line, the passphrase, is empty");
  return text;
}

}  // namespace

void AddPassphraseOption(CLI::App& command, PassphraseOptions& options) {
  command.add_option("--passphrase-file", options.file,
                     "File whose first line is the passphrase (or VERGE_PASSPHRASE_FILE; otherwise you are asked)");
}

Result<std::string> AskPassphrase(const PassphraseOptions& options, const std::string& what) {
  const std::string file = FileOf(options);
  return file.empty() ? AskTerminal("Passphrase of " + what + ": ") : ReadPassphraseFile(file);
}

Result<std::string> AskNewPassphrase(const PassphraseOptions& options, const std::string& what) {
  VERGE_TRY_ASSIGN(std::string first, AskPassphrase(options, what));
  if (first.size() < kMinBytes) {
    return VERGE_ERROR(kInvalidArgument, "a passphrase has at least " + std::to_string(kMinBytes) + " characters");
  }
  if (!FileOf(options).empty()) return first;
  VERGE_TRY_ASSIGN(std::string second, AskTerminal("The same again: "));
  if (first != second) return VERGE_ERROR(kInvalidArgument, "the two passphrases differ: nothing was written");
  sys::WipeString(second);
  return first;
}

void AddSigningKeyOptions(CLI::App& command, SigningKeyOptions& options) {
  command.add_option("--key", options.files,
                     "Secret key to sign with: a .key file or pkcs11:token=...;object=...; may be given several times");
  AddPassphraseOption(command, options.passphrase);
}

Result<std::vector<tuf::Signer>> OpenSigningKeys(const SigningKeyOptions& options) {
  std::vector<tuf::Signer> out;
  for (const std::string& file : options.files) {
    const auto ask = [&] { return AskPassphrase(options.passphrase, file); };
    if (sys::IsTokenUri(file)) {
      VERGE_TRY_ASSIGN(const sys::TokenUri uri, sys::ParseTokenUri(file));
      VERGE_TRY_ASSIGN(std::shared_ptr<sys::TokenKey> key, sys::OpenTokenKey(uri));
      VERGE_TRY_ASSIGN(const std::string pin, ask());
      VERGE_TRY(key->Unlock(pin));
      // Shared, because std::function wants what it holds to be copyable.
      out.push_back({key->public_key(), [key](std::string_view message) { return key->Sign(message); }});
    } else {
      VERGE_TRY_ASSIGN(const sys::Ed25519KeyPair key, tuf::ReadSecretKey(file, ask));
      out.push_back(tuf::SignerOf(key));
    }
  }
  return out;
}

}  // namespace verge::cli
