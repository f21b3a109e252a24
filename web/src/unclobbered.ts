/**
 * Reads a member of an element from its prototype. A form's fields are properties of
 * the form, ahead of the prototype's: in a form with a field named "dataset",
 * form.dataset is that field. Use it for every element that may be a form.
 */
export function member<E extends Element, K extends keyof E>(element: E, name: K): E[K] {
  const value: unknown = Reflect.get(Object.getPrototypeOf(element) as object, name, element);
  return (typeof value === "function" ? value.bind(element) : value) as E[K];
}
