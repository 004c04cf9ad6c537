// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.ObjectModel;

namespace Northstar.Npk;

/// <summary>One shared empty map for each type.</summary>
internal static class EmptyMap<TKey, TValue>
    where TKey : notnull
{
    internal static readonly IReadOnlyDictionary<TKey, TValue> Value = ReadOnlyDictionary<TKey, TValue>.Empty;
}

/// <summary>One shared empty map with text keys for each type.</summary>
internal static class EmptyMap<TValue>
{
    internal static readonly IReadOnlyDictionary<string, TValue> Value = EmptyMap<string, TValue>.Value;
}
