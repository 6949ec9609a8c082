using System.Diagnostics.CodeAnalysis;
using PushGateway.Core.Devices;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Import;

/// <summary>Makes a device of one line. Keeps state between lines; one per import.</summary>
internal interface ILineParser
{
    /// <summary>What the first line with content was, when it is no device: column names.</summary>
    /// <returns>Whether the line was taken as a header; with a problem, the whole import is refused.</returns>
    bool TryTakeHeader(ReadOnlySpan<byte> line, out ApiProblem? problem);

    /// <param name="line">UTF-8, without its line break, not blank.</param>
    bool TryParse(ReadOnlySpan<byte> line, out DeviceImport device, [NotNullWhen(false)] out LineProblem? problem);
}

/// <summary>Why a line was rejected.</summary>
internal sealed record LineProblem(string Code, string Detail);
