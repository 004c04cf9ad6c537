// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Tests.Npk.Support;

/// <summary>Stands in for a device that holds a key, and may claim to hold another.</summary>
internal sealed class SigningDevice(PrivateKey key, PublicKey claimed) : IPackageSigner
{
    internal List<byte[]> Messages { get; } = [];

    public PublicKey PublicKey => claimed;

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        Messages.Add(message.ToArray());
        return key.Sign(message);
    }
}
