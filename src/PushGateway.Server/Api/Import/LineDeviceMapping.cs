using System.Diagnostics.CodeAnalysis;
using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Import;

/// <summary>Checks and maps the fields of one line, by the rules of a single registration.</summary>
internal sealed class LineDeviceMapping
{
    /// <summary>Channels one line may name.</summary>
    public const int MaxChannels = 1000;

    private readonly FieldErrors _errors = new();

    public bool TryMap(in DeviceFields fields, IReadOnlyList<string> channels, out DeviceImport device, [NotNullWhen(false)] out LineProblem? problem)
    {
        device = default;
        problem = null;
        _errors.Clear();
        var registration = DeviceRules.Map(fields, _errors);
        CheckChannels(channels);
        if (registration is null || _errors.Any)
        {
            var first = _errors.Items[0];
            problem = new LineProblem(first.Code, $"{first.Field}: {first.Detail}");
            return false;
        }

        device = new DeviceImport(registration, channels);
        return true;
    }

    private void CheckChannels(IReadOnlyList<string> channels)
    {
        if (channels.Count > MaxChannels)
        {
            _errors.Add("channels", "channels.tooMany", $"At most {MaxChannels} channels in one line; there are {channels.Count}.");
            return;
        }

        for (var index = 0; index < channels.Count; index++)
        {
            if (!Identifier.IsValid(channels[index]))
            {
                _errors.Add($"channels[{index}]", "id.invalid", $"Must have {Identifier.Rule}.");
            }
        }
    }
}
