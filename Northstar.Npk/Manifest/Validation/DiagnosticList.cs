// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Gathers what is found in a manifest, and knows where each field stands.</summary>
internal sealed class DiagnosticList
{
    private readonly List<ManifestDiagnostic> _items = [];
    private readonly HashSet<(string Rule, Place Place, string Field)> _seen = [];
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private string[] _broken = [];

    internal bool HasErrors { get; private set; }

    /// <summary>Forms the path of a member: <c>a.b</c>, or <c>a["b c"]</c> for keys that are data.</summary>
    internal static string Member(string path, string key, bool isData = false) =>
        isData ? $"{path}[\"{Escape(key)}\"]" : path.Length == 0 ? key : $"{path}.{key}";

    internal static string Item(string path, int index) => $"{path}[{index}]";

    internal void Note(string field, Place place) => _places[field] = place;

    internal void Error(string rule, Place place, string field, string message) => Add(ManifestSeverity.Error, rule, place, field, message);

    internal void Warn(string rule, Place place, string field, string message) => Add(ManifestSeverity.Warning, rule, place, field, message);

    internal void Add(ManifestDiagnostic diagnostic)
    {
        _items.Add(diagnostic);
        HasErrors |= diagnostic.Severity == ManifestSeverity.Error;
    }

    /// <summary>Adds an error at the place where the field stands, or the nearest object around it.</summary>
    internal void Error(string rule, string field, string message) => AddValid(ManifestSeverity.Error, rule, field, message);

    /// <inheritdoc cref="Error(string, string, string)"/>
    internal void Warn(string rule, string field, string message) => AddValid(ManifestSeverity.Warning, rule, field, message);

    /// <summary>
    /// Ends the reading and begins the validation: nothing more is said about fields whose text could not be read, nor about what is
    /// around them and in them.
    /// </summary>
    internal void BeginValidation() => _broken = [.. _items.Where(static d => d.Severity == ManifestSeverity.Error).Select(static d => d.Field)];

    /// <summary>Finds the place where a field stands, or the nearest object around it.</summary>
    internal Place PlaceOf(string field)
    {
        Place place;
        while (!_places.TryGetValue(field, out place) && field.Length > 0)
        {
            field = field[..Math.Max(0, field.LastIndexOfAny(['.', '[']))];
        }

        return place;
    }

    internal IReadOnlyList<ManifestDiagnostic> ToList() => [.. _items.OrderBy(d => d.Line).ThenBy(d => d.Column)];

    private void AddValid(ManifestSeverity severity, string rule, string field, string message)
    {
        if (!Array.Exists(_broken, broken => Contains(broken, field) || Contains(field, broken)))
        {
            Add(severity, rule, PlaceOf(field), field, message);
        }
    }

    private void Add(ManifestSeverity severity, string rule, Place place, string field, string message)
    {
        // Of a section that is looked at twice the first report holds.
        if (place.Line == 0 || _seen.Add((rule, place, field)))
        {
            Add(new ManifestDiagnostic(severity, rule, place.Line, place.Column, field, message));
        }
    }

    /// <summary>Tells whether a field is the other one or lies around it.</summary>
    private static bool Contains(string outer, string inner) =>
        inner.StartsWith(outer, StringComparison.Ordinal) && (outer.Length == 0 || inner.Length == outer.Length || inner[outer.Length] is '.' or '[');

    private static string Escape(string key) =>
        key.AsSpan().IndexOfAny('"', '\\') < 0 && !key.Any(char.IsControl)
            ? key
            : string.Concat(key.Select(static c => c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? $"\\u{(int)c:X4}" : $"{c}"));
}
