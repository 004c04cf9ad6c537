// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The syntax a manifest is written in.</summary>
public enum ManifestSyntax
{
    /// <summary>YAML, the syntax of every manifest that is written into a package.</summary>
    Yaml,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>TOML 1.0.0.</summary>
    Toml,
}
