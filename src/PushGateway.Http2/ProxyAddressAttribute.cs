using System.ComponentModel.DataAnnotations;

namespace PushGateway.Http2;

/// <summary>A setting that <see cref="PostProxy.Parse"/> understands; empty means no proxy.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ProxyAddressAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        ArgumentNullException.ThrowIfNull(validationContext);
        try
        {
            PostProxy.Parse(value as string);
            return ValidationResult.Success;
        }
        catch (FormatException exception)
        {
            return new ValidationResult($"{validationContext.DisplayName}: {exception.Message}", [validationContext.MemberName ?? string.Empty]);
        }
    }
}
