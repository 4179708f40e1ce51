// verge keys: the signing keys of publishers. Nothing here talks to a hub.
#include <cstdio>
#include <memory>
#include <string>

#include "proto/json.h"
#include "sys/crypto/passphrase.h"
#include "sys/crypto/sign.h"
#include "sys/file/file.h"
#include "sys/token/token.h"
#include "tuf/key_file.h"
#include "verge/command.h"
#include "verge/fleet/passphrase.h"
#include "verge/fleet/repo.h"
#include "verge/fleet/table.h"

namespace verge::cli {
namespace {

struct Options {
  std::string path;
  std::string out;
  std::string token;
  PassphraseOptions passphrase;
  bool no_passphrase = false;
};

// Inside a security token: nothing secret is ever written.
Status CreateInToken(const Options& options) {
  VERGE_TRY_ASSIGN(const sys::TokenUri uri, sys::ParseTokenUri(options.token));
  VERGE_TRY_ASSIGN(const std::string pin, AskPassphrase(options.passphrase, options.token));
  VERGE_TRY_ASSIGN(const std::unique_ptr<sys::TokenKey> key, sys::CreateTokenKey(uri, pin));
  std::printf("made the key %s inside the token\nkeyid %s\n", uri.object.c_str(),
              tuf::KeyIdOf(tuf::Ed25519Key(key->public_key())).c_str());
  return Status::Ok();
}

Status Create(const Options& options) {
  if (options.out.empty() == options.token.empty()) {
    return VERGE_ERROR(kInvalidArgument, "give either --out STEM or --token pkcs11:...");
  }
  if (!options.token.empty()) return CreateInToken(options);
  std::optional<std::string> passphrase;
  if (!options.no_passphrase) {
    VERGE_TRY_ASSIGN(passphrase, AskNewPassphrase(options.passphrase, options.out + ".key"));
  }
  const sys::Ed25519KeyPair pair = sys::GenerateEd25519();
  VERGE_TRY(tuf::WriteKeyFiles(options.out, pair, passphrase));
  if (passphrase) sys::WipeString(*passphrase);
  std::printf("wrote %s.key (secret, %s) and %s.pub\nkeyid %s\n", options.out.c_str(),
              options.no_passphrase ? "NOT locked: whoever reads it can sign" : "locked with the passphrase",
              options.out.c_str(), tuf::KeyIdOf(tuf::Ed25519Key(pair.public_key)).c_str());
  return Status::Ok();
}

Status List(const Options& options) {
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(options.path));
  Table table({"FILE", "KEYID", "HOLDS"});
  for (const std::string& name : names) {
    if (!name.ends_with(".key") && !name.ends_with(".pub")) continue;
    const Result<tuf::KeyFileInfo> info = tuf::ReadKeyFile(sys::JoinPath(options.path, name));
    if (!info.ok()) continue;  // some other program's key
    const char* holds = !info->is_secret ? "public key" : info->is_locked ? "secret, locked" : "secret, NOT locked";
    table.Add({name, tuf::KeyIdOf(info->key), holds});
  }
  table.Print();
  return Status::Ok();
}

Status Export(const Options& options) {
  VERGE_TRY_ASSIGN(const tuf::Key key, ReadPublicKey(options.path));
  const std::string text = tuf::KeyText(key);
  if (!options.out.empty()) return sys::WriteFileAtomic(options.out, text + "\n");
  std::puts(text.c_str());
  return Status::Ok();
}

}  // namespace

void RegisterKeys(CLI::App& app) {
  CLI::App* keys = app.add_subcommand("keys", "Signing keys of publishers");
  keys->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* create = keys->add_subcommand("create", "Make a key pair: STEM.key (keep it secret) and STEM.pub");
  create->add_option("-o,--out", options->out, "Path without ending, for example publisher");
  create->add_option("--token", options->token,
                     "Instead: make it inside a security token, pkcs11:token=NAME;object=KEY?module-path=LIBRARY");
  create->add_flag("--no-passphrase", options->no_passphrase, "Leave the secret key open: for tests and machines only");
  AddPassphraseOption(*create, options->passphrase);
  OnRun(*create, [options] { return Create(*options); });
  CLI::App* list = keys->add_subcommand("list", "List the key files of a folder");
  list->add_option("dir", options->path, "Folder; default: this one")->default_str(".");
  OnRun(*list, [options] {
    if (options->path.empty()) options->path = ".";
    return List(*options);
  });
  CLI::App* show = keys->add_subcommand("export", "Show the public key of a key file as TUF metadata hold it");
  show->add_option("file", options->path, "Key file, .key or .pub, or pkcs11:...")->required();
  show->add_option("-o,--out", options->out, "File to write instead");
  OnRun(*show, [options] { return Export(*options); });
}

}  // namespace verge::cli
