// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>
/// The lowest version of each name that may be installed and started, for repositories with a floor: as configured, or the highest that has
/// proved itself. What was learnt is kept in <c>data_dir</c> and outlives packages and repositories. Reading is thread safe, and so is raising.
/// </summary>
internal sealed class VersionFloors(string dataDirectory, ILogger logger)
{
    private readonly StateFile _file = new(dataDirectory, "floors");
    private readonly Lock _writing = new();

    /// <summary>Replaced as a whole, so that it is read without a lock.</summary>
    private volatile Dictionary<(string Repository, ContainerName Name), PackageVersion> _learnt = [];

    /// <summary>Reads what was learnt. Floors that are lost are reported and learnt anew.</summary>
    /// <param name="expected">Whether there are packages that can have been used before, so that a missing file is worth a word.</param>
    /// <returns>Whether they are lost.</returns>
    internal bool Load(bool expected)
    {
        try
        {
            List<string[]>? records = _file.Read();
            if (records is null)
            {
                if (expected)
                {
                    Log.FloorLost(logger, _file.DisplayPath, "there is none; nothing else is wrong when floors are used for the first time");
                }

                return expected;
            }

            var learnt = new Dictionary<(string Repository, ContainerName Name), PackageVersion>();
            foreach (string[] record in records)
            {
                if (record.Length != 3 || !ContainerName.TryParse(record[1], out ContainerName name) || !PackageVersion.TryParse(record[2], out PackageVersion version))
                {
                    throw new InvalidDataException("a record has another form");
                }

                learnt[(record[0], name)] = version;
            }

            _learnt = learnt;
            return false;
        }
        catch (Exception e) when (e is InvalidDataException or LinuxException or IOException or UnauthorizedAccessException)
        {
            Log.FloorLost(logger, _file.DisplayPath, e.Message);
            return true;
        }
    }

    /// <summary>Returns why a version is too low, or null.</summary>
    internal string? WhyBelow(Repository repository, ContainerId id) =>
        Find(repository, id.Name) is { } floor && id.Version < floor
            ? $"version {id.Version} is below {floor}, the lowest that repository {repository.Id} may use of {id.Name}"
            : null;

    /// <summary>Tells whether a version that has proved itself would raise a floor.</summary>
    internal bool WouldRaise(ProvedVersion proved) => proved.Repository.Options.LearnsFloor
        && !(_learnt.TryGetValue((proved.Repository.Id, proved.Id.Name), out PackageVersion floor) && floor >= proved.Id.Version);

    /// <summary>Raises floors and writes them down.</summary>
    internal void Raise(IEnumerable<ProvedVersion> proved)
    {
        lock (_writing)
        {
            ProvedVersion[] higher = [.. proved.Where(WouldRaise)];
            if (higher.Length == 0)
            {
                return;
            }

            var raised = new Dictionary<(string Repository, ContainerName Name), PackageVersion>(_learnt);
            foreach ((Repository repository, ContainerId id) in higher)
            {
                bool isHigher = !(raised.TryGetValue((repository.Id, id.Name), out PackageVersion floor) && floor >= id.Version);
                raised[(repository.Id, id.Name)] = isHigher ? id.Version : floor;
            }

            try
            {
                Write(raised);
            }
            catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
            {
                // In force all the same, until the runtime ends; the next raise writes all of them.
                Log.StateUnwritten(logger, _file.DisplayPath, e.Message);
            }

            _learnt = raised;
            foreach ((Repository repository, ContainerId id) in higher)
            {
                Log.FloorRaised(logger, repository.Id, id.Name, id.Version);
            }
        }
    }

    /// <summary>Sets a floor, upwards or downwards, as an operator says.</summary>
    /// <exception cref="RuntimeException">The repository learns no floors, or the configuration has a higher one, or it cannot be written.</exception>
    internal void Set(Repository repository, ContainerId id)
    {
        if (!repository.Options.LearnsFloor)
        {
            throw RuntimeException.Unexpected($"repository {repository.Id} learns no lowest versions; repositories.{repository.Id}.floor decides");
        }

        if (repository.Options.Floors.TryGetValue(id.Name, out PackageVersion configured) && configured > id.Version)
        {
            throw RuntimeException.Unexpected($"the configuration of repository {repository.Id} has {configured} as the lowest version of {id.Name}");
        }

        lock (_writing)
        {
            var changed = new Dictionary<(string Repository, ContainerName Name), PackageVersion>(_learnt) { [(repository.Id, id.Name)] = id.Version };
            try
            {
                Write(changed);
            }
            catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
            {
                throw RuntimeException.Unexpected($"{_file.DisplayPath} cannot be written: {e.Message}", e);
            }

            _learnt = changed;
            Log.FloorSet(logger, repository.Id, id.Name, id.Version);
        }
    }

    private void Write(Dictionary<(string Repository, ContainerName Name), PackageVersion> floors) =>
        _file.Write(floors, static (key, floor) => [key.Repository, key.Name.ToString(), floor.ToString()]);

    /// <summary>Returns the lowest version of a name that may be used, or null for any.</summary>
    internal PackageVersion? Find(Repository repository, ContainerName name)
    {
        PackageVersion? configured = repository.Options.Floors.TryGetValue(name, out PackageVersion version) ? version : null;
        return repository.Options.LearnsFloor && _learnt.TryGetValue((repository.Id, name), out PackageVersion learnt) && !(configured > learnt)
            ? learnt
            : configured;
    }
}
