// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Gathers what is found in a manifest, and knows where each field stands.</summary>
internal sealed class DiagnosticList
{
    private readonly List<ManifestDiagnostic> _items = [];
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    internal bool HasErrors { get; private set; }

    /// <summary>Forms the path of a member: <c>a.b</c>, or <c>a["b c"]</c> for keys that are data.</summary>
    internal static string Member(string path, string key, bool isData = false) =>
        isData ? $"{path}[\"{key}\"]" : path.Length == 0 ? key : $"{path}.{key}";

    internal static string Item(string path, int index) => $"{path}[{index}]";

    internal void Note(string field, Place place) => _places[field] = place;

    internal void Error(string rule, Place place, string field, string message) => Add(ManifestSeverity.Error, rule, place, field, message);

    internal void Warn(string rule, Place place, string field, string message) => Add(ManifestSeverity.Warning, rule, place, field, message);

    /// <summary>Adds an error at the place where the field stands, or the nearest object around it.</summary>
    internal void Error(string rule, string field, string message) => Add(ManifestSeverity.Error, rule, Find(field), field, message);

    /// <inheritdoc cref="Error(string, string, string)"/>
    internal void Warn(string rule, string field, string message) => Add(ManifestSeverity.Warning, rule, Find(field), field, message);

    internal IReadOnlyList<ManifestDiagnostic> ToList() => [.. _items.OrderBy(d => d.Line).ThenBy(d => d.Column)];

    private void Add(ManifestSeverity severity, string rule, Place place, string field, string message)
    {
        _items.Add(new ManifestDiagnostic(severity, rule, place.Line, place.Column, field, message));
        HasErrors |= severity == ManifestSeverity.Error;
    }

    private Place Find(string field)
    {
        Place place;
        while (!_places.TryGetValue(field, out place) && field.Length > 0)
        {
            field = field[..Math.Max(0, field.LastIndexOfAny(['.', '[']))];
        }

        return place;
    }
}
