#include "sys/token/token.h"

#include <p11-kit/pkcs11.h>

#include <array>
#include <utility>
#include <vector>

#include "sys/library/shared_library.h"

namespace verge::sys {
namespace {

constexpr size_t kPublicBytes = 32;
constexpr size_t kSignatureBytes = 64;
constexpr size_t kMaxSlots = 64;
// PrintableString "edwards25519": how PKCS#11 3.0 names the curve.
constexpr std::array<unsigned char, 14> kEd25519Params = {0x13, 0x0c, 'e', 'd', 'w', 'a', 'r',
                                                          'd',  's',  '2', '5', '5', '1', '9'};

Status Failed(const char* what, CK_RV rv) {
  const std::string text = std::string("PKCS#11: ") + what + " failed with error " + std::to_string(rv);
  switch (rv) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_INVALID: return VERGE_ERROR(kPermission, "PKCS#11: the PIN is wrong");
    case CKR_PIN_LOCKED: return VERGE_ERROR(kPermission, "PKCS#11: the PIN is locked after too many tries");
    case CKR_USER_NOT_LOGGED_IN: return VERGE_ERROR(kPermission, text + ": not logged in");
    case CKR_MECHANISM_INVALID: return VERGE_ERROR(kUnsupported, "PKCS#11: the token cannot do Ed25519");
    default: return VERGE_ERROR(kUnavailable, text);
  }
}

Result<CK_FUNCTION_LIST*> LoadModule(const std::string& path) {
  VERGE_TRY_ASSIGN(const SharedLibrary library, SharedLibrary::Open(path));
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(library.Find("C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get == nullptr || get(&functions) != CKR_OK || functions == nullptr) {
    return VERGE_ERROR(kNotFound, path + ": is no PKCS#11 module");
  }
  const CK_RV rv = functions->C_Initialize(nullptr);
  if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) return Failed("C_Initialize", rv);
  return functions;
}

// Labels are padded with blanks to 32 bytes.
std::string Label(const CK_TOKEN_INFO& info) {
  std::string label(reinterpret_cast<const char*>(info.label), sizeof(info.label));
  label.erase(label.find_last_not_of(' ') + 1);
  return label;
}

Result<CK_SLOT_ID> FindToken(CK_FUNCTION_LIST& p11, const std::string& wanted) {
  std::array<CK_SLOT_ID, kMaxSlots> slots{};
  CK_ULONG count = slots.size();
  const CK_RV rv = p11.C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (rv != CKR_OK) return Failed("C_GetSlotList", rv);
  std::vector<CK_SLOT_ID> found;
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_TOKEN_INFO info{};
    if (p11.C_GetTokenInfo(slots[i], &info) != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    if (wanted.empty() || Label(info) == wanted) found.push_back(slots[i]);
  }
  if (found.size() == 1) return found[0];
  return VERGE_ERROR(kNotFound, found.empty() ? "PKCS#11: there is no token " + wanted
                                              : "PKCS#11: more than one token fits: name it with token=");
}

CK_ATTRIBUTE Attribute(CK_ATTRIBUTE_TYPE type, const void* value, size_t bytes) {
  return {type, const_cast<void*>(value), static_cast<CK_ULONG>(bytes)};  // PKCS#11 knows no const
}

// The point is a DER OCTET STRING of 32 bytes, with some modules the bare bytes.
Result<std::string> RawPoint(std::string point) {
  if (point.size() == kPublicBytes + 2 && point[0] == 0x04 && point[1] == 0x20) point.erase(0, 2);
  if (point.size() == kPublicBytes) return point;
  return VERGE_ERROR(kUnsupported, "PKCS#11: the key is no Ed25519 key");
}

class TokenKeyImpl final : public TokenKey {
 public:
  TokenKeyImpl(CK_FUNCTION_LIST& p11, CK_SESSION_HANDLE session, std::string label)
      : p11_(p11), session_(session), label_(std::move(label)) {}
  ~TokenKeyImpl() override { p11_.C_CloseSession(session_); }

  const std::string& public_key() const override { return public_key_; }
  Status Unlock(const std::string& pin) override;
  Result<std::string> Sign(std::string_view message) override;
  // kNotFound when the token has none of that name.
  Status LoadPublicKey();
  Status Create();

 private:
  Result<CK_OBJECT_HANDLE> Find(CK_OBJECT_CLASS object_class);

  CK_FUNCTION_LIST& p11_;
  CK_SESSION_HANDLE session_;
  std::string label_;
  std::string public_key_;
};

Result<CK_OBJECT_HANDLE> TokenKeyImpl::Find(CK_OBJECT_CLASS object_class) {
  std::array<CK_ATTRIBUTE, 2> wanted = {Attribute(CKA_CLASS, &object_class, sizeof(object_class)),
                                        Attribute(CKA_LABEL, label_.data(), label_.size())};
  CK_RV rv = p11_.C_FindObjectsInit(session_, wanted.data(), wanted.size());
  if (rv != CKR_OK) return Failed("C_FindObjectsInit", rv);
  std::array<CK_OBJECT_HANDLE, 2> found{};
  CK_ULONG count = 0;
  rv = p11_.C_FindObjects(session_, found.data(), found.size(), &count);
  p11_.C_FindObjectsFinal(session_);
  if (rv != CKR_OK) return Failed("C_FindObjects", rv);
  if (count == 1) return found[0];
  return VERGE_ERROR(kNotFound, count == 0 ? "PKCS#11: the token has no key " + label_
                                           : "PKCS#11: the token has several keys " + label_);
}

Status TokenKeyImpl::LoadPublicKey() {
  VERGE_TRY_ASSIGN(const CK_OBJECT_HANDLE object, Find(CKO_PUBLIC_KEY));
  std::string point(256, '\0');
  CK_ATTRIBUTE attribute = Attribute(CKA_EC_POINT, point.data(), point.size());
  const CK_RV rv = p11_.C_GetAttributeValue(session_, object, &attribute, 1);
  if (rv != CKR_OK) return Failed("reading the public key", rv);
  point.resize(attribute.ulValueLen);
  VERGE_TRY_ASSIGN(public_key_, RawPoint(std::move(point)));
  return Status::Ok();
}

Status TokenKeyImpl::Unlock(const std::string& pin) {
  auto* const bytes = reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(pin.data()));
  const CK_RV rv = p11_.C_Login(session_, CKU_USER, bytes, pin.size());
  return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? Status::Ok() : Failed("C_Login", rv);
}

Result<std::string> TokenKeyImpl::Sign(std::string_view message) {
  const Result<CK_OBJECT_HANDLE> key = Find(CKO_PRIVATE_KEY);
  if (!key.ok() && key.code() == StatusCode::kNotFound) {
    return VERGE_ERROR(kPermission,
                       "PKCS#11: the private key of " + label_ + " is not visible: unlock the token first");
  }
  VERGE_TRY(key.status());
  CK_MECHANISM mechanism = {CKM_EDDSA, nullptr, 0};
  CK_RV rv = p11_.C_SignInit(session_, &mechanism, *key);
  if (rv != CKR_OK) return Failed("C_SignInit", rv);
  std::string signature(kSignatureBytes, '\0');
  CK_ULONG length = signature.size();
  rv = p11_.C_Sign(session_, reinterpret_cast<CK_BYTE*>(const_cast<char*>(message.data())), message.size(),
                   reinterpret_cast<CK_BYTE*>(signature.data()), &length);
  if (rv != CKR_OK) return Failed("C_Sign", rv);
  if (length != kSignatureBytes)
    return VERGE_ERROR(kUnavailable, "PKCS#11: the token gave a signature of another size");
  return signature;
}

Status TokenKeyImpl::Create() {
  const CK_BBOOL yes = CK_TRUE;
  const CK_BBOOL no = CK_FALSE;
  std::array<CK_ATTRIBUTE, 4> public_template = {Attribute(CKA_EC_PARAMS, kEd25519Params.data(), kEd25519Params.size()),
                                                 Attribute(CKA_LABEL, label_.data(), label_.size()),
                                                 Attribute(CKA_TOKEN, &yes, 1), Attribute(CKA_VERIFY, &yes, 1)};
  std::array<CK_ATTRIBUTE, 6> private_template = {Attribute(CKA_LABEL, label_.data(), label_.size()),
                                                  Attribute(CKA_TOKEN, &yes, 1),
                                                  Attribute(CKA_PRIVATE, &yes, 1),
                                                  Attribute(CKA_SENSITIVE, &yes, 1),
                                                  Attribute(CKA_EXTRACTABLE, &no, 1),
                                                  Attribute(CKA_SIGN, &yes, 1)};
  CK_MECHANISM mechanism = {CKM_EC_EDWARDS_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_object = 0;
  CK_OBJECT_HANDLE private_object = 0;
  const CK_RV rv =
      p11_.C_GenerateKeyPair(session_, &mechanism, public_template.data(), public_template.size(),
                             private_template.data(), private_template.size(), &public_object, &private_object);
  return rv == CKR_OK ? LoadPublicKey() : Failed("C_GenerateKeyPair", rv);
}

Result<std::unique_ptr<TokenKeyImpl>> OpenSession(const TokenUri& uri, CK_FLAGS flags) {
  VERGE_TRY_ASSIGN(CK_FUNCTION_LIST* const p11, LoadModule(uri.module));
  VERGE_TRY_ASSIGN(const CK_SLOT_ID slot, FindToken(*p11, uri.token));
  CK_SESSION_HANDLE session = 0;
  const CK_RV rv = p11->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, nullptr, nullptr, &session);
  if (rv != CKR_OK) return Failed("C_OpenSession", rv);
  return std::make_unique<TokenKeyImpl>(*p11, session, uri.object);
}

}  // namespace

Result<std::unique_ptr<TokenKey>> OpenTokenKey(const TokenUri& uri) {
  VERGE_TRY_ASSIGN(std::unique_ptr<TokenKeyImpl> key, OpenSession(uri, 0));
  VERGE_TRY(key->LoadPublicKey());
  return std::unique_ptr<TokenKey>(std::move(key));
}

Result<std::unique_ptr<TokenKey>> CreateTokenKey(const TokenUri& uri, const std::string& pin) {
  VERGE_TRY_ASSIGN(std::unique_ptr<TokenKeyImpl> key, OpenSession(uri, CKF_RW_SESSION));
  VERGE_TRY(key->Unlock(pin));
  const Status present = key->LoadPublicKey();
  if (present.ok()) return VERGE_ERROR(kAlreadyExists, "PKCS#11: the token holds a key " + uri.object + " already");
  if (present.code() != StatusCode::kNotFound) return present;
  VERGE_TRY(key->Create());
  return std::unique_ptr<TokenKey>(std::move(key));
}

}  // namespace verge::sys
