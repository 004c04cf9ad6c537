// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Takes the parts of a manifest in the order of its rendering.</summary>
internal interface IManifestSink
{
    void BeginObject();

    void EndObject();

    void BeginList();

    void EndList();

    /// <summary>Begins a variant with a payload, which is the next value.</summary>
    void BeginVariant(string name);

    void EndVariant();

    void Key(string name);

    void Text(string text);

    /// <summary>Takes a number in its normal form.</summary>
    void Number(string text);

    void Boolean(bool value);

    void Null();
}
