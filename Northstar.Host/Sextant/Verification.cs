// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <summary>What verifying a package gave.</summary>
internal sealed record Verification(
    string Path, ContainerId? Id, long LengthBytes, TimeSpan Time, bool IsSigned, PublicKey? Key, string? SignedHash, NpkException? Error)
{
    /// <summary>Returns one line for a package that is intact.</summary>
    public override string ToString()
    {
        string signature = Key is not null ? $"signed by {Key.Id}, hash {SignedHash}"
            : IsSigned ? "the signature was not checked: no --key" : "not signed, only the checksum was checked";
        return Printable.Line(
            $"{Path}: {Id} is intact, {ByteProgress.Bytes(LengthBytes)}, {ByteProgress.Speed(LengthBytes, Time)}; {signature}");
    }
}
