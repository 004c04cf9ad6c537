// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Enumeration;

namespace Northstar.Npk;

/// <summary>One key of a <see cref="KeyList"/>, and what it may sign.</summary>
public sealed class ListedKey
{
    internal ListedKey(PublicKey key, IReadOnlyList<string> names, string? keyClass, DateTimeOffset? notAfter) =>
        (Key, Names, Class, NotAfter) = (key, names, keyClass, notAfter);

    /// <summary>Gets the key.</summary>
    public PublicKey Key { get; }

    /// <summary>Gets the names of containers that it may sign, in which <c>*</c> stands for any text; empty for all.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Gets the word by which a policy of the host knows this and other keys of the same rights; or null.</summary>
    public string? Class { get; }

    /// <summary>Gets the time after which no new package of this key is accepted; or null.</summary>
    public DateTimeOffset? NotAfter { get; }

    /// <summary>Tells whether the key may sign packages of a name.</summary>
    public bool MaySign(ContainerName name) =>
        Names.Count == 0 || Names.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name.ToString(), ignoreCase: false));

    /// <summary>Tells whether <see cref="NotAfter"/> is over.</summary>
    public bool HasExpired(DateTimeOffset now) => NotAfter < now;
}
