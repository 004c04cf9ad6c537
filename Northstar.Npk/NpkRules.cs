// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>
/// Every cause for which this library refuses a package, an image or a key, once. Manifests have rules of their own
/// (<see cref="ManifestDiagnostic.Rule"/>), in families that are not used here: S, P, V, D, H, L, X.
/// </summary>
internal static class NpkRules
{
    private static readonly List<NpkRule> s_all = [];

    // F: the file
    internal static readonly NpkRule FileUnopenable = Add("F01", NpkErrorCode.Open, "the file cannot be opened");
    internal static readonly NpkRule FileNotRegular = Add("F02", NpkErrorCode.Open, "this is no regular file");
    internal static readonly NpkRule FileUnreadable = Add("F03", NpkErrorCode.Open, "the file cannot be read");

    // Z: the structure of the zip archive
    internal static readonly NpkRule ZipEmpty = Add("Z01", NpkErrorCode.Zip, "the file is empty or no regular file");
    internal static readonly NpkRule ZipNoEnd = Add("Z02", NpkErrorCode.Zip, "no end record of a zip archive was found");
    internal static readonly NpkRule ZipEndCutOff = Add("Z03", NpkErrorCode.Zip, "the end record is cut off");
    internal static readonly NpkRule ZipTrailingBytes = Add("Z04", NpkErrorCode.Zip, "bytes follow the archive");
    internal static readonly NpkRule ZipTwoEnds = Add("Z05", NpkErrorCode.Zip, "two end records fit the file");
    internal static readonly NpkRule ZipDisks = Add("Z06", NpkErrorCode.Zip, "the end record speaks of several disks");
    internal static readonly NpkRule ZipCountsDiffer = Add("Z07", NpkErrorCode.Zip, "the end record has two different counts of entries");
    internal static readonly NpkRule ZipEntryCount = Add("Z08", NpkErrorCode.Zip, "the archive has neither two nor three entries");
    internal static readonly NpkRule ZipDirectoryTooLarge = Add("Z09", NpkErrorCode.Zip, "the central directory is larger than that of any package");
    internal static readonly NpkRule ZipDirectoryEnd = Add("Z10", NpkErrorCode.Zip, "the central directory does not end where the end record begins");
    internal static readonly NpkRule ZipDirectoryStart = Add("Z11", NpkErrorCode.Zip, "the central directory does not begin where the last entry ends");
    internal static readonly NpkRule Zip64Needless = Add("Z12", NpkErrorCode.Zip, "the end record points to a zip64 record that the size does not call for");
    internal static readonly NpkRule Zip64Disagrees = Add("Z13", NpkErrorCode.Zip, "the zip64 end record does not agree with the end record");
    internal static readonly NpkRule ZipNoRecord = Add("Z14", NpkErrorCode.Zip, "no record of the central directory is here");
    internal static readonly NpkRule ZipRecordCutOff = Add("Z15", NpkErrorCode.Zip, "the record of the central directory is cut off");
    internal static readonly NpkRule ZipDirectoryRest = Add("Z16", NpkErrorCode.Zip, "bytes follow the last record of the central directory");
    internal static readonly NpkRule ZipUnknownName = Add("Z17", NpkErrorCode.Zip, "an entry of unknown name is in the archive");
    internal static readonly NpkRule ZipEntryTwice = Add("Z18", NpkErrorCode.Zip, "the entry occurs twice");
    internal static readonly NpkRule ZipCompressed = Add("Z19", NpkErrorCode.Zip, "the entry is compressed");
    internal static readonly NpkRule ZipEncrypted = Add("Z20", NpkErrorCode.Zip, "the entry is encrypted");
    internal static readonly NpkRule ZipDataDescriptor = Add("Z21", NpkErrorCode.Zip, "the entry has a data descriptor");
    internal static readonly NpkRule ZipFlags = Add("Z22", NpkErrorCode.Zip, "the entry has flags that packages do not have");
    internal static readonly NpkRule ZipVersion = Add("Z23", NpkErrorCode.Zip, "the entry needs a zip version that packages do not need");
    internal static readonly NpkRule ZipMadeBy = Add("Z24", NpkErrorCode.Zip, "the entry was made by another program than those that pack");
    internal static readonly NpkRule ZipAttributes = Add("Z25", NpkErrorCode.Zip, "the entry is not marked as a regular file of mode 0644");
    internal static readonly NpkRule ZipEntryDisk = Add("Z26", NpkErrorCode.Zip, "the entry is on another disk");
    internal static readonly NpkRule ZipEntryComment = Add("Z27", NpkErrorCode.Zip, "the entry has a comment");
    internal static readonly NpkRule ZipCompressedSize = Add("Z28", NpkErrorCode.Zip, "the entry is stored and has two different sizes");
    internal static readonly NpkRule ZipExtraMisplaced = Add("Z29", NpkErrorCode.Zip, "an entry other than fs.img has an extra field");
    internal static readonly NpkRule ZipExtraMeaning = Add("Z30", NpkErrorCode.Zip, "the extra field changes size, name or encryption of the entry");
    internal static readonly NpkRule ZipExtraNoPadding = Add("Z31", NpkErrorCode.Zip, "the extra field is not one record of padding");
    internal static readonly NpkRule ZipExtraTooLong = Add("Z32", NpkErrorCode.Zip, "the padding is longer than any alignment to 4096 needs");
    internal static readonly NpkRule ZipExtraDiffers = Add("Z33", NpkErrorCode.Zip, "the extra field in the central directory is not that of the local header");
    internal static readonly NpkRule ZipHeaderOutside = Add("Z34", NpkErrorCode.Zip, "the local header lies outside the file");
    internal static readonly NpkRule ZipNoHeader = Add("Z35", NpkErrorCode.Zip, "no local header is here");
    internal static readonly NpkRule ZipNamesDiffer = Add("Z36", NpkErrorCode.Zip, "local header and central directory disagree about the name");
    internal static readonly NpkRule ZipSizesDiffer = Add("Z37", NpkErrorCode.Zip, "local header and central directory disagree about the size");
    internal static readonly NpkRule ZipChecksumsDiffer = Add("Z38", NpkErrorCode.Zip, "local header and central directory disagree about the checksum");
    internal static readonly NpkRule ZipHeadersDiffer =
        Add("Z39", NpkErrorCode.Zip, "local header and central directory disagree about version, flags, method, time or date");
    internal static readonly NpkRule ZipDataOutside = Add("Z40", NpkErrorCode.Zip, "the entry reaches beyond the end of the file");
    internal static readonly NpkRule ZipPrefix = Add("Z41", NpkErrorCode.Zip, "the first entry does not begin with the file");
    internal static readonly NpkRule ZipGap = Add("Z42", NpkErrorCode.Zip, "there is a gap in front of the entry");
    internal static readonly NpkRule ZipOverlap = Add("Z43", NpkErrorCode.Zip, "the entry overlaps with the one before");

    // E: the bytes of an entry
    internal static readonly NpkRule EntryTooLarge = Add("E01", NpkErrorCode.Entry, "the entry is larger than allowed");
    internal static readonly NpkRule EntryChecksum = Add("E02", NpkErrorCode.Entry, "the checksum is wrong");
    internal static readonly NpkRule EntryNotUtf8 = Add("E03", NpkErrorCode.Entry, "the manifest is no valid UTF-8");
    internal static readonly NpkRule EntryCutOff = Add("E04", NpkErrorCode.Entry, "the file ends while it is read");
    internal static readonly NpkRule NoManifest = Add("E05", NpkErrorCode.NoManifest, "manifest.yaml is missing");

    // M: the archive comment
    internal static readonly NpkRule CommentTooLong = Add("M01", NpkErrorCode.Meta, "the archive comment is longer than allowed");
    internal static readonly NpkRule CommentMissing = Add("M02", NpkErrorCode.Meta, "the archive has no comment with the format version");
    internal static readonly NpkRule CommentNoVersion = Add("M03", NpkErrorCode.Meta, "the archive comment has no line 'version: ...'");
    internal static readonly NpkRule CommentTwoVersions = Add("M04", NpkErrorCode.Meta, "the archive comment has two versions");
    internal static readonly NpkRule CommentVersionMalformed = Add("M05", NpkErrorCode.Meta, "the version in the archive comment is malformed");
    internal static readonly NpkRule VersionTooOld = Add("M06", NpkErrorCode.Version, "the format version is too old");

    // G: the signature
    internal static readonly NpkRule NotSigned = Add("G01", NpkErrorCode.NoSignature, "the package is not signed");
    internal static readonly NpkRule SignatureNoDashes = Add("G02", NpkErrorCode.SignatureDocument, "no '---' stands between hashes and signature");
    internal static readonly NpkRule SignatureForm = Add(
        "G03", NpkErrorCode.SignatureDocument, "the line 'signature: ' with 88 base64 characters must follow '---' and end the entry");
    internal static readonly NpkRule SignatureBase64 = Add("G04", NpkErrorCode.SignatureDocument, "the signature is no canonical base64 of 64 bytes");
    internal static readonly NpkRule SignatureWrong = Add("G05", NpkErrorCode.Signature, "the signature was made by none of the accepted keys");
    internal static readonly NpkRule OpenedWithoutKey = Add("G06", NpkErrorCode.NoSignature, "the package was opened without a key");

    // A: the hashes that the signature attests
    internal static readonly NpkRule HashesText = Add("A01", NpkErrorCode.HashDocument, "the fixed text of the hashes document is not here");
    internal static readonly NpkRule HashesDigits = Add("A02", NpkErrorCode.HashDocument, "64 lower-case hex digits are expected");
    internal static readonly NpkRule HashesNumber = Add(
        "A03", NpkErrorCode.HashDocument, "a decimal number below 2^63 without leading zeros is expected");
    internal static readonly NpkRule HashesRest = Add("A04", NpkErrorCode.HashDocument, "'---' is expected behind the verity offset");
    internal static readonly NpkRule CommentNotSigned = Add("A05", NpkErrorCode.MetaHash, "the archive comment is not the signed one");
    internal static readonly NpkRule ManifestNotSigned = Add("A06", NpkErrorCode.ManifestHash, "the manifest is not the signed one");

    // I: the image
    internal static readonly NpkRule NoImage = Add("I01", NpkErrorCode.NoImage, "fs.img is missing");
    internal static readonly NpkRule ImageUnaligned = Add("I02", NpkErrorCode.NoImage, "the image does not begin at a multiple of 4096");
    internal static readonly NpkRule ImageOddLength = Add("I03", NpkErrorCode.NoImage, "the length of the image is no multiple of 512");
    internal static readonly NpkRule ImageNoSquashfs = Add("I04", NpkErrorCode.NoImage, "this is no squashfs image");
    internal static readonly NpkRule ImageVersion = Add("I05", NpkErrorCode.NoImage, "the squashfs image is not of version 4.0");
    internal static readonly NpkRule ImageUsed = Add("I06", NpkErrorCode.NoImage, "the squashfs image says that it uses more bytes than are there, or hardly any");
    internal static readonly NpkRule ImageUnpadded = Add("I07", NpkErrorCode.NoImage, "the length of the image is no multiple of 4096, so it cannot be signed");

    // B: blocks of the image and of its hash tree, and the verity superblock
    internal static readonly NpkRule VerityOffsetZero = Add("B01", NpkErrorCode.Verity, "the verity offset is 0");
    internal static readonly NpkRule VerityOffsetUnaligned = Add("B02", NpkErrorCode.Verity, "the verity offset is no multiple of 4096");
    internal static readonly NpkRule VerityOffsetOutside = Add("B03", NpkErrorCode.Verity, "no superblock fits into the image at the verity offset");
    internal static readonly NpkRule SuperblockMissing = Add("B04", NpkErrorCode.Verity, "no verity superblock is here");
    internal static readonly NpkRule SuperblockVersion = Add("B05", NpkErrorCode.Verity, "the superblock version is not 1");
    internal static readonly NpkRule SuperblockHashType = Add("B06", NpkErrorCode.Verity, "the hash type is not 1");
    internal static readonly NpkRule SuperblockAlgorithm = Add("B07", NpkErrorCode.Verity, "the hash algorithm is not sha256");
    internal static readonly NpkRule SuperblockDataBlockSize = Add("B08", NpkErrorCode.Verity, "the data block size is not 4096");
    internal static readonly NpkRule SuperblockHashBlockSize = Add("B09", NpkErrorCode.Verity, "the hash block size is not 4096");
    internal static readonly NpkRule SuperblockDataBlocks = Add("B10", NpkErrorCode.Verity, "the number of data blocks is out of range");
    internal static readonly NpkRule SuperblockSaltLength = Add("B11", NpkErrorCode.Verity, "the salt is longer than 256 bytes");
    internal static readonly NpkRule SuperblockPadding = Add("B12", NpkErrorCode.Verity, "the padding is not zero");
    internal static readonly NpkRule SuperblockSaltPadding = Add("B13", NpkErrorCode.Verity, "the bytes behind the salt are not zero");
    internal static readonly NpkRule VerityDataBlocks = Add("B14", NpkErrorCode.Verity, "the number of data blocks is not that of the signed offset");
    internal static readonly NpkRule VerityLength = Add("B15", NpkErrorCode.Verity, "the image does not end where its hash tree ends");
    internal static readonly NpkRule DataBlockCorrupted = Add("B16", NpkErrorCode.Corrupted, "a data block does not match the hash tree");
    internal static readonly NpkRule HashBlockCorrupted = Add("B17", NpkErrorCode.Corrupted, "a block of the hash tree does not match");
    internal static readonly NpkRule ImageChecksum = Add("B18", NpkErrorCode.Corrupted, "the checksum of fs.img is wrong");

    // K: keys
    internal static readonly NpkRule KeyUnreadable = Add("K01", NpkErrorCode.Key, "the key file cannot be read");
    internal static readonly NpkRule PublicKeyLength = Add("K02", NpkErrorCode.Key, "a public key has exactly 32 bytes");
    internal static readonly NpkRule PublicKeyInvalid = Add("K03", NpkErrorCode.Key, "the bytes are no valid Ed25519 public key");
    internal static readonly NpkRule PrivateKeyLength = Add("K04", NpkErrorCode.Key, "a private key has 32 bytes");
    internal static readonly NpkRule PrivateKeyZero = Add("K05", NpkErrorCode.Key, "the private key has only zeros");
    internal static readonly NpkRule KeyExists = Add("K06", NpkErrorCode.Key, "the key file exists");
    internal static readonly NpkRule KeyUnwritable = Add("K07", NpkErrorCode.Key, "the key file cannot be written");
    internal static readonly NpkRule SignerWrong = Add("K08", NpkErrorCode.Key, "what the signer signed does not verify with its public key");
    internal static readonly NpkRule KeyListSignature = Add("K09", NpkErrorCode.Key, "no root key signed the list of keys");
    internal static readonly NpkRule KeyListForm = Add("K10", NpkErrorCode.Key, "the list of keys has another form");

    // T: tools and libraries
    internal static readonly NpkRule ToolMissing = Add("T01", NpkErrorCode.Tool, "the program is not installed");
    internal static readonly NpkRule ToolUnstartable = Add("T02", NpkErrorCode.Tool, "the program cannot be started");
    internal static readonly NpkRule ToolTooOld = Add("T03", NpkErrorCode.Tool, "the program is too old");
    internal static readonly NpkRule ToolFailed = Add("T04", NpkErrorCode.Tool, "the program failed");
    internal static readonly NpkRule TimeStampVariable = Add("T05", NpkErrorCode.Tool, "SOURCE_DATE_EPOCH is no number of seconds");
    internal static readonly NpkRule TimeStampRange = Add("T06", NpkErrorCode.Tool, "the time stamp does not fit into a squashfs image");
    internal static readonly NpkRule LibraryMissing = Add("T07", NpkErrorCode.Tool, "libsodium is not installed");
    internal static readonly NpkRule LibraryFailed = Add("T08", NpkErrorCode.Tool, "libsodium cannot be initialized");
    internal static readonly NpkRule ToolVersion = Add("T09", NpkErrorCode.Tool, "the program does not tell its version");
    internal static readonly NpkRule ToolListing = Add("T10", NpkErrorCode.Tool, "the listing that the program made cannot be read");
    internal static readonly NpkRule ToolEmptiedFile = Add("T11", NpkErrorCode.Tool, "a file to pack cannot be read");

    // W: writing
    internal static readonly NpkRule RootMissing = Add("W01", NpkErrorCode.Open, "the directory to pack does not exist");
    internal static readonly NpkRule ImageTooLarge = Add("W02", NpkErrorCode.Write, "the image is larger than a package can hold");
    internal static readonly NpkRule PackageUnwritable = Add("W03", NpkErrorCode.Write, "the package cannot be written");
    internal static readonly NpkRule UnpackTargetExists = Add("W04", NpkErrorCode.Write, "the directory to unpack into has a root already");
    internal static readonly NpkRule UnpackUnwritable = Add("W05", NpkErrorCode.Write, "what is unpacked cannot be written");
    internal static readonly NpkRule ListUnwritable = Add("W06", NpkErrorCode.Write, "the image cannot be copied to be listed");
    internal static readonly NpkRule CopyUnwritable = Add("W07", NpkErrorCode.Write, "the checked copy of the image cannot be written");
    internal static readonly NpkRule TargetControlCharacter = Add("W08", NpkErrorCode.Manifest, "a mount target has control characters");

    /// <summary>Gets all rules in the order above.</summary>
    internal static IReadOnlyList<NpkRule> All => s_all;

    private static NpkRule Add(string id, NpkErrorCode code, string meaning)
    {
        NpkRule rule = new(id, code, meaning);
        s_all.Add(rule);
        return rule;
    }
}
