#include "sys/tpm/tpm.h"

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace verge::sys {
namespace {

struct FreeTcti {
  void operator()(TSS2_TCTI_CONTEXT* tcti) const { Tss2_TctiLdr_Finalize(&tcti); }
};
struct FreeEsys {
  void operator()(ESYS_CONTEXT* esys) const { Esys_Finalize(&esys); }
};
struct FreeTss {
  void operator()(void* memory) const { Esys_Free(memory); }
};
template <typename T>
using TssPtr = std::unique_ptr<T, FreeTss>;

std::string TextOf(TSS2_RC rc) { return Tss2_RC_Decode(rc); }

// A response code is of format 1 with the number of the session or parameter that it is about in bits 8 to 11.
bool IsPolicyFailure(TSS2_RC rc) { return (rc & ~TSS2_RC{0xf00}) == TPM2_RC_POLICY_FAIL; }

Status Failed(const char* what, TSS2_RC rc) {
  return VERGE_ERROR(kUnavailable, std::string("the TPM cannot ") + what + ": " + TextOf(rc));
}

Status CheckPcrs(const std::vector<int>& pcrs) {
  const bool is_rising =
      std::adjacent_find(pcrs.begin(), pcrs.end(), [](int a, int b) { return a >= b; }) == pcrs.end();
  if (!pcrs.empty() && is_rising && pcrs.front() >= 0 && pcrs.back() < kTpmPcrs) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, "PCRs: expected rising numbers from 0 to 23, at least one");
}

TPML_PCR_SELECTION SelectionOf(const std::vector<int>& pcrs) {
  TPML_PCR_SELECTION out{};
  out.count = 1;
  out.pcrSelections[0].hash = TPM2_ALG_SHA256;
  out.pcrSelections[0].sizeofSelect = 3;
  for (const int pcr : pcrs) {
    BYTE& byte = out.pcrSelections[0].pcrSelect[pcr / 8];
    byte = static_cast<BYTE>(byte | (1 << (pcr % 8)));
  }
  return out;
}

TPMT_SYM_DEF Aes128Cfb() {
  TPMT_SYM_DEF out{};
  out.algorithm = TPM2_ALG_AES;
  out.keyBits.aes = 128;
  out.mode.aes = TPM2_ALG_CFB;
  return out;
}

// The storage key that sealed objects lie under; the same template gives the same key each time.
TPM2B_PUBLIC PrimaryTemplate() {
  TPM2B_PUBLIC out{};
  TPMT_PUBLIC& area = out.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM |
                          TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                          TPMA_OBJECT_NODA;
  TPMS_ECC_PARMS& ecc = area.parameters.eccDetail;
  ecc.symmetric.algorithm = TPM2_ALG_AES;
  ecc.symmetric.keyBits.aes = 128;
  ecc.symmetric.mode.aes = TPM2_ALG_CFB;
  ecc.scheme.scheme = TPM2_ALG_NULL;
  ecc.curveID = TPM2_ECC_NIST_P256;
  ecc.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

// One conversation. Everything that was loaded into the TPM is flushed when it ends.
class Conversation {
 public:
  ~Conversation() {
    for (auto it = handles_.rbegin(); it != handles_.rend(); ++it) Esys_FlushContext(esys_.get(), *it);
  }
  Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  Status Open(const std::string& conf) {
    TSS2_TCTI_CONTEXT* tcti = nullptr;
    TSS2_RC rc = Tss2_TctiLdr_Initialize(conf.c_str(), &tcti);
    if (rc != TSS2_RC_SUCCESS) {
      return VERGE_ERROR(
          kUnavailable, conf + ": no TPM there: " + TextOf(rc) + "; for a TPM of this machine give device:/dev/tpmrm0");
    }
    tcti_.reset(tcti);
    ESYS_CONTEXT* esys = nullptr;
    rc = Esys_Initialize(&esys, tcti, nullptr);
    if (rc != TSS2_RC_SUCCESS) return Failed("be opened", rc);
    esys_.reset(esys);
    const TPM2B_SENSITIVE_CREATE sensitive{};
    const TPM2B_PUBLIC primary = PrimaryTemplate();
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION none{};
    rc = Esys_CreatePrimary(esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &primary,
                            &outside, &none, &primary_, nullptr, nullptr, nullptr, nullptr);
    if (rc != TSS2_RC_SUCCESS) return Failed("make its storage key", rc);
    handles_.push_back(primary_);
    return Status::Ok();
  }

  // A session whose policy holds the PCRs' values now. Salted, so that what it encrypts only we can read.
  Result<ESYS_TR> PolicySession(TPM2_SE type, const std::vector<int>& pcrs) {
    const TPMT_SYM_DEF symmetric = Aes128Cfb();
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC rc = Esys_StartAuthSession(esys_.get(), primary_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       nullptr, type, &symmetric, TPM2_ALG_SHA256, &session);
    if (rc != TSS2_RC_SUCCESS) return Failed("start a session", rc);
    handles_.push_back(session);
    const TPM2B_DIGEST now{};
    const TPML_PCR_SELECTION selection = SelectionOf(pcrs);
    rc = Esys_PolicyPCR(esys_.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &now, &selection);
    if (rc != TSS2_RC_SUCCESS) return Failed("read its PCRs", rc);
    return session;
  }

  // A salted session that encrypts what we send.
  Result<ESYS_TR> EncryptSession(TPMA_SESSION attributes) {
    const TPMT_SYM_DEF symmetric = Aes128Cfb();
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC rc = Esys_StartAuthSession(esys_.get(), primary_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       nullptr, TPM2_SE_HMAC, &symmetric, TPM2_ALG_SHA256, &session);
    if (rc != TSS2_RC_SUCCESS) return Failed("start a session", rc);
    handles_.push_back(session);
    rc = Esys_TRSess_SetAttributes(esys_.get(), session, attributes | TPMA_SESSION_CONTINUESESSION, 0xff);
    if (rc != TSS2_RC_SUCCESS) return Failed("start a session", rc);
    return session;
  }

  Result<TpmSealed> Seal(std::string_view secret, const std::vector<int>& pcrs) {
    VERGE_TRY_ASSIGN(const ESYS_TR trial, PolicySession(TPM2_SE_TRIAL, pcrs));
    TPM2B_DIGEST* digest_raw = nullptr;
    TSS2_RC rc = Esys_PolicyGetDigest(esys_.get(), trial, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest_raw);
    if (rc != TSS2_RC_SUCCESS) return Failed("compute the policy", rc);
    const TssPtr<TPM2B_DIGEST> digest(digest_raw);
    TPM2B_PUBLIC object{};
    object.publicArea.type = TPM2_ALG_KEYEDHASH;
    object.publicArea.nameAlg = TPM2_ALG_SHA256;
    object.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT;
    object.publicArea.authPolicy = *digest;
    object.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
    TPM2B_SENSITIVE_CREATE sensitive{};
    sensitive.sensitive.data.size = static_cast<UINT16>(secret.size());
    std::memcpy(sensitive.sensitive.data.buffer, secret.data(), secret.size());
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION none{};
    VERGE_TRY_ASSIGN(const ESYS_TR hidden, EncryptSession(TPMA_SESSION_DECRYPT));
    TPM2B_PRIVATE* private_raw = nullptr;
    TPM2B_PUBLIC* public_raw = nullptr;
    rc = Esys_Create(esys_.get(), primary_, ESYS_TR_PASSWORD, hidden, ESYS_TR_NONE, &sensitive, &object, &outside,
                     &none, &private_raw, &public_raw, nullptr, nullptr, nullptr);
    explicit_bzero(&sensitive, sizeof sensitive);
    if (rc != TSS2_RC_SUCCESS) return Failed("seal the secret", rc);
    const TssPtr<TPM2B_PRIVATE> sealed_private(private_raw);
    const TssPtr<TPM2B_PUBLIC> sealed_public(public_raw);
    TpmSealed out{std::string(sizeof(TPM2B_PUBLIC), '\0'), std::string(sizeof(TPM2B_PRIVATE), '\0')};
    size_t size = 0;
    rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public_raw, Raw(out.public_part), out.public_part.size(), &size);
    if (rc != TSS2_RC_SUCCESS) return Failed("write the sealed object", rc);
    out.public_part.resize(size);
    size = 0;
    rc = Tss2_MU_TPM2B_PRIVATE_Marshal(private_raw, Raw(out.private_part), out.private_part.size(), &size);
    if (rc != TSS2_RC_SUCCESS) return Failed("write the sealed object", rc);
    out.private_part.resize(size);
    return out;
  }

  Result<std::string> Unseal(const TpmSealed& sealed, const std::vector<int>& pcrs) {
    TPM2B_PUBLIC sealed_public{};
    TPM2B_PRIVATE sealed_private{};
    size_t at = 0;
    TSS2_RC rc =
        Tss2_MU_TPM2B_PUBLIC_Unmarshal(Raw(sealed.public_part), sealed.public_part.size(), &at, &sealed_public);
    if (rc != TSS2_RC_SUCCESS) return VERGE_ERROR(kDataLoss, "not a sealed object: " + TextOf(rc));
    at = 0;
    rc = Tss2_MU_TPM2B_PRIVATE_Unmarshal(Raw(sealed.private_part), sealed.private_part.size(), &at, &sealed_private);
    if (rc != TSS2_RC_SUCCESS) return VERGE_ERROR(kDataLoss, "not a sealed object: " + TextOf(rc));
    ESYS_TR object = ESYS_TR_NONE;
    rc = Esys_Load(esys_.get(), primary_, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sealed_private, &sealed_public,
                   &object);
    if (rc != TSS2_RC_SUCCESS) {
      return VERGE_ERROR(kDataLoss, "the sealed object is damaged, or of another TPM: " + TextOf(rc));
    }
    handles_.push_back(object);
    VERGE_TRY_ASSIGN(const ESYS_TR policy, PolicySession(TPM2_SE_POLICY, pcrs));
    VERGE_TRY_ASSIGN(const ESYS_TR hidden, EncryptSession(TPMA_SESSION_ENCRYPT));
    TPM2B_SENSITIVE_DATA* data_raw = nullptr;
    rc = Esys_Unseal(esys_.get(), object, policy, hidden, ESYS_TR_NONE, &data_raw);
    if (IsPolicyFailure(rc)) return WrongState(pcrs);
    if (rc != TSS2_RC_SUCCESS) return Failed("unseal the secret", rc);
    const TssPtr<TPM2B_SENSITIVE_DATA> data(data_raw);
    std::string out(reinterpret_cast<const char*>(data->buffer), data->size);
    explicit_bzero(data->buffer, data->size);
    return out;
  }

 private:
  static BYTE* Raw(std::string& bytes) { return reinterpret_cast<BYTE*>(bytes.data()); }
  static const BYTE* Raw(const std::string& bytes) { return reinterpret_cast<const BYTE*>(bytes.data()); }

  static Status WrongState(const std::vector<int>& pcrs) {
    std::string list;
    for (const int pcr : pcrs) list += (list.empty() ? "" : ",") + std::to_string(pcr);
    return VERGE_ERROR(kPermission, "the TPM keeps the secret: what this machine started (PCR " + list +
                                        ") is not what the secret was sealed to; start the expected firmware, boot "
                                        "loader and kernel, or enrol the device anew");
  }

  std::unique_ptr<TSS2_TCTI_CONTEXT, FreeTcti> tcti_;
  std::unique_ptr<ESYS_CONTEXT, FreeEsys> esys_;
  ESYS_TR primary_ = ESYS_TR_NONE;
  std::vector<ESYS_TR> handles_;
};

}  // namespace

Result<TpmSealed> TpmSeal(const std::string& tcti, std::string_view secret, const std::vector<int>& pcrs) {
  VERGE_TRY(CheckPcrs(pcrs));
  if (secret.empty() || secret.size() > kMaxTpmSecretBytes) {
    return VERGE_ERROR(kInvalidArgument, "a TPM seals 1 to 128 bytes");
  }
  Conversation conversation;
  VERGE_TRY(conversation.Open(tcti));
  return conversation.Seal(secret, pcrs);
}

Result<std::string> TpmUnseal(const std::string& tcti, const TpmSealed& sealed, const std::vector<int>& pcrs) {
  VERGE_TRY(CheckPcrs(pcrs));
  Conversation conversation;
  VERGE_TRY(conversation.Open(tcti));
  return conversation.Unseal(sealed, pcrs);
}

}  // namespace verge::sys
