// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Npk;

/// <summary>Writes manifests in their normal form.</summary>
public static class ManifestWriter
{
    /// <summary>Writes a manifest as YAML, as it stands in packages: fixed order of keys, maps in ascending byte order, a final line feed.</summary>
    /// <remarks>Reading the result gives an equal manifest. Nothing is validated; see <see cref="ManifestReader.Validate"/>.</remarks>
    public static byte[] WriteYaml(Manifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var sink = new YamlSink();
        ManifestRenderer.Render(manifest, sink);
        return Encoding.UTF8.GetBytes(sink.ToString());
    }
}
