! SPDX-License-Identifier: GPL-2.0-or-later
! Functions within functions, modules, and what the compiler inlines of them.
module shapes
  implicit none
  type :: shape
    real(8) :: side = 1
  contains
    procedure :: area => square_area
  end type
  type, extends(shape) :: box
    real(8) :: height = 2
  contains
    procedure :: area => box_area
  end type
contains
  pure real(8) function twist(x)
    real(8), intent(in) :: x
    twist = x * x + sin(x)
  end function
  real(8) function square_area(this)
    class(shape), intent(in) :: this
    square_area = twist(this%side) * this%side
  end function
  real(8) function box_area(this)
    class(box), intent(in) :: this
    box_area = twist(this%side) * this%height
  end function
end module

program main
  use shapes
  implicit none
  integer, parameter :: n = 200
  real(8) :: a(n, n), b(n, n), c(n, n)
  class(shape), allocatable :: one
  integer :: i
  call fill(a, 1)
  call fill(b, 2)
  c = matmul(a, b)
  allocate (box :: one)
  print *, total(c), one%area(), (twist(real(i, 8)), i = 1, 3)
contains
  subroutine fill(m, seed)
    real(8), intent(out) :: m(:, :)
    integer, intent(in) :: seed
    integer :: k, l
    do k = 1, size(m, 1)
      do l = 1, size(m, 2)
        m(k, l) = mixed(k * l + seed)
      end do
    end do
  end subroutine
  real(8) function total(m)
    real(8), intent(in) :: m(:, :)
    total = sum(m) + maxval(m) - minval(m) + mixed(size(m))
  end function
  pure real(8) function mixed(k)
    integer, intent(in) :: k
    mixed = twist(mod(k, 17) * 0.25d0)
  end function
end program
